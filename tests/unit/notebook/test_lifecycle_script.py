"""The planned start script: checked by shellcheck, and run."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modproof import toolchain

ODD_NAMES = [
    "Lab1 with spaces.ipynb",
    "Lab1'quoted'.ipynb",
    'Lab1"double".ipynb',
    "Lab1\nnew line.ipynb",
    "Lab1 folder\n/Lab2.ipynb",
    "Lab1*[x]?.ipynb",
    "Lab1$(touch injected)`touch injected`;touch injected.ipynb",
    "Lab1\\back\\slash.ipynb",
    "Lab1 Übung ☃.ipynb",
    "-x --help.ipynb",
]
LABS = "example-courses/courses/v1.4.0/it's $(touch injected) `touch injected`"


@pytest.mark.parametrize("case", ["minimal", "complete", "runs_on", "sdk_defaults", "slow_copies"])
def test_shellcheck_finds_nothing(script: Callable[[str], str], tmp_path: Path, case: str) -> None:
    path = tmp_path / "on-start.sh"
    path.write_text(script(case), encoding="utf-8")
    shellcheck = toolchain.ensure("shellcheck")
    completed = subprocess.run([shellcheck, "--color=never", path], capture_output=True, text=True)
    assert (completed.stdout, completed.returncode) == ("", 0)


def test_platforms_are_those_of_aws() -> None:
    # A case cannot accept the AL2023 ones: version 5 of the provider, which plans the cases, rejects them.
    variables = (Path(__file__).parents[3] / "modules/notebook/variables.tf").read_text()
    block = variables.split('variable "platform_identifier"')[1].split("error_message")[0]
    accepted = set(re.findall(r'"(notebook-[a-z0-9-]+)"', block))
    # PlatformIdentifier of SageMaker's API in botocore 1.44.8, without the platforms that AWS rejects
    assert accepted == {"notebook-al2-v2", "notebook-al2-v3", "notebook-al2023-v1", "notebook-al2023-v2"}


KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
ROLE = "arn:aws:iam::123456789012:role/demo-notebook"
VPC = {"VpcConfig": {"Subnets": ["subnet-0a", "subnet-0b"], "SecurityGroupIds": ["sg-0a"]}}


def test_sdk_gets_keys_bucket_and_network(instance: Any, script: Callable[[str], str]) -> None:
    instance.start(script("sdk_defaults"))
    written = instance.sdk_folder / "config.yaml"
    assert written.stat().st_mode & 0o777 == 0o644
    assert json.loads(written.read_text()) == {
        "SchemaVersion": "1.0",
        "SageMaker": {
            "EndpointConfig": {"KmsKeyId": KEY},
            "Model": {"ExecutionRoleArn": ROLE, **VPC},
            "ProcessingJob": {
                "RoleArn": ROLE,
                "NetworkConfig": VPC,
                "ProcessingOutputConfig": {"KmsKeyId": KEY},
                "ProcessingResources": {"ClusterConfig": {"VolumeKmsKeyId": KEY}},
            },
            "PythonSDK": {
                "Modules": {
                    "RemoteFunction": {"RoleArn": ROLE, "S3KmsKeyId": KEY, "VolumeKmsKeyId": KEY, **VPC},
                    "Session": {"DefaultS3Bucket": "demo-output"},
                }
            },
            "TrainingJob": {
                "RoleArn": ROLE,
                "OutputDataConfig": {"KmsKeyId": KEY},
                "ResourceConfig": {"VolumeKmsKeyId": KEY},
                **VPC,
            },
            "TransformJob": {"TransformOutput": {"KmsKeyId": KEY}, "TransformResources": {"VolumeKmsKeyId": KEY}},
        },
    }


def test_sdk_gets_no_null(instance: Any, script: Callable[[str], str]) -> None:
    instance.start(script("sdk_role_only"))
    written = json.loads((instance.sdk_folder / "config.yaml").read_text())
    assert written["SageMaker"]["TrainingJob"] == {"RoleArn": ROLE, "OutputDataConfig": {}, "ResourceConfig": {}}
    assert written["SageMaker"]["PythonSDK"]["Modules"] == {"RemoteFunction": {"RoleArn": ROLE}, "Session": {}}
    assert written["SageMaker"]["Model"] == {"ExecutionRoleArn": ROLE}


def test_without_defaults_the_sdk_gets_no_file(instance: Any, script: Callable[[str], str]) -> None:
    instance.start(script("minimal"))
    assert not instance.sdk_folder.exists()


def test_defaults_that_cannot_be_written_cost_nothing_else(instance: Any, script: Callable[[str], str]) -> None:
    (instance.stage / "file").touch()
    completed = instance.start(script("sdk_role_only"), SDK_DIRECTORY=str(instance.stage / "file/xdg"))
    assert "no defaults for the SageMaker Python SDK (status 1)" in completed.stdout
    assert "0 sources of notebooks" in completed.stdout


def test_nothing_to_copy(instance: Any, script: Callable[[str], str]) -> None:
    completed = instance.start(script("minimal"))
    assert "0 sources of notebooks" in completed.stdout
    assert instance.files() == {}
    assert instance.aws_calls == []
    assert list(instance.temporary.iterdir()) == []


def test_odd_names_are_copied_and_run_nothing(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]
) -> None:
    for name in ODD_NAMES:
        instance.put(f"{LABS}/{name}", make_notebook(f"print({name!r})"))
    instance.put("example-training/-rf/--/notes.txt", "")
    instance.start(script("complete"))
    expected = {f"labs/first week's/{name}" for name in ODD_NAMES} | {"-rf/--/notes.txt"}
    assert set(instance.files()) == expected
    assert not [path for path in instance.stage.rglob("*") if path.name == "injected"]
    assert instance.log.count(" placed ") == len(expected)
    instance.log.encode("ascii")


def test_patterns_choose_and_others_stay_away(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]
) -> None:
    for name in ("Lab1-first.ipynb", "Lab2-second.ipynb", "sub/Lab1.ipynb", "Lab1.txt"):
        instance.put(f"{LABS}/{name}", make_notebook())
    instance.start(script("complete"))
    assert set(instance.files()) == {"labs/first week's/Lab1-first.ipynb"}


def test_everything_is_done_as_ec2_user_in_the_region(instance: Any, script: Callable[[str], str]) -> None:
    instance.put("example-training/notes.txt", "")
    instance.start(script("complete"))
    assert {(call["user"], call["region"]) for call in instance.aws_calls} == {("ec2-user", "eu-central-1")}


def test_outputs_are_cleared_and_placeholders_replaced(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]
) -> None:
    instance.put(
        f"{LABS}/Lab1.ipynb",
        make_notebook(
            "a = '<LabBucketName>/<LabBucketName>'\n",
            "b = 's3://ml-pipeline-bucket/x'\n",
            "c = 'ml-pipeline-bucket-output'\n",
            'd = "it\'s ${BUCKET} [a].*$/&"\n',
            "e = 'Labname ml-pipeline-Bucket'\n",
        ),
    )
    instance.put("example-training/as-it-is.csv", b"<LabBucketName>\xff\r\n")
    instance.start(script("complete"))
    files = instance.files()
    cell = json.loads(files["labs/first week's/Lab1.ipynb"])["cells"][0]
    assert cell["outputs"] == []
    assert cell["execution_count"] is None
    assert cell["source"] == [
        "a = 'example-training/example-training'\n",
        "b = 's3://example-ml-pipeline-bucket/x'\n",
        "c = 'example-output'\n",
        'd = "example-model"\n',
        "e = 'Labname ml-pipeline-Bucket'\n",
    ]
    assert files["as-it-is.csv"] == b"<LabBucketName>\xff\r\n"


def test_no_match_is_logged(instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]) -> None:
    instance.put(f"{LABS}/Other.ipynb", make_notebook())
    completed = instance.start(script("complete"))
    assert "labs: nothing in s3://" in completed.stdout
    assert "everything: nothing in s3://example-training/ matches *" in completed.stdout
    assert instance.files() == {}


def test_failed_copy_is_logged_and_the_next_source_is_tried(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]
) -> None:
    instance.put(f"{LABS}/Lab1.ipynb", make_notebook())
    instance.fault(status=1, after=0)
    completed = instance.start(script("complete"))
    for label in ("labs", "everything"):
        assert f"{label}: the copy failed (1), notebooks may be missing" in completed.stdout
    assert "AccessDenied" in completed.stdout
    assert "nothing in s3://" not in completed.stdout
    assert instance.files() == {}


def test_what_arrived_of_a_failed_copy_is_placed(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]
) -> None:
    instance.put(f"{LABS}/Lab1-a.ipynb", make_notebook())
    instance.put(f"{LABS}/Lab1-b.ipynb", make_notebook())
    instance.fault(status=1, after=1)
    instance.start(script("complete"))
    assert set(instance.files()) == {"labs/first week's/Lab1-a.ipynb"}


@pytest.mark.parametrize("program", ["aws", "sudo"])
def test_missing_program_is_logged(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str], program: str
) -> None:
    instance.put(f"{LABS}/Lab1.ipynb", make_notebook("bucket = '<LabBucketName>'"))
    (instance.programs / program).write_text("#!/no/such/program\n")
    completed = instance.start(script("complete"))
    assert "No such file or directory" in completed.stdout
    assert instance.files() == {}


def test_broken_notebook_is_placed_and_logged(instance: Any, script: Callable[[str], str]) -> None:
    instance.put(f"{LABS}/Lab1.ipynb", "not JSON: <LabBucketName>")
    completed = instance.start(script("complete"))
    assert "are not cleared (Expecting value" in completed.stdout
    assert instance.files() == {"labs/first week's/Lab1.ipynb": b"not JSON: example-training"}


def test_changes_of_users_are_kept_unless_overwritten(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]
) -> None:
    mine = {"labs/first week's/Lab1.ipynb": b"mine", "notes.txt": b"mine too", "own.ipynb": b"untouched"}
    for name, content in mine.items():
        (instance.sage_maker / name).parent.mkdir(parents=True, exist_ok=True)
        (instance.sage_maker / name).write_bytes(content)
    instance.put(f"{LABS}/Lab1.ipynb", make_notebook())
    instance.put("example-training/notes.txt", "new")
    completed = instance.start(script("complete"))
    files = instance.files()
    assert b"nbformat" in files.pop("labs/first week's/Lab1.ipynb")  # this source overwrites
    assert files == {"notes.txt": b"mine too", "own.ipynb": b"untouched"}
    assert "notes.txt, which is there already" in completed.stdout


def test_something_else_in_the_way_is_logged(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]
) -> None:
    instance.put(f"{LABS}/Lab1-folder.ipynb", make_notebook())
    instance.put(f"{LABS}/Lab1-good.ipynb", make_notebook())
    instance.put("example-training/file/notes.txt", "new")
    (instance.sage_maker / "labs/first week's/Lab1-folder.ipynb/inside").mkdir(parents=True)
    (instance.sage_maker / "file").write_text("a file where a folder belongs")
    completed = instance.start(script("complete"))
    assert completed.stdout.count("could not place") == 2
    assert set(instance.files()) == {"file", "labs/first week's/Lab1-good.ipynb"}


def test_folder_that_cannot_be_made_is_logged(instance: Any, script: Callable[[str], str]) -> None:
    instance.put("example-training/notes.txt", "")
    instance.sage_maker.rmdir()
    instance.sage_maker.write_text("no folder")
    completed = instance.start(script("complete"))
    assert completed.stdout.count("no folder to copy to") == 2
    assert instance.aws_calls == []


def test_refused_sudo_is_logged(instance: Any, script: Callable[[str], str]) -> None:
    (instance.stage / "sudo-refuses").touch()
    completed = instance.start(script("complete"))
    assert "sudo: a password is required" in completed.stdout


def test_log_folder_that_is_missing_costs_nothing_else(instance: Any, script: Callable[[str], str]) -> None:
    instance.put("example-training/notes.txt", "here")
    completed = instance.start(script("complete"), LOGS_DIRECTORY=str(instance.stage / "nowhere"))
    assert "everything: copying" in completed.stdout
    assert instance.files() == {"notes.txt": b"here"}


def test_no_temporary_folder_is_logged(instance: Any, script: Callable[[str], str]) -> None:
    completed = instance.start(script("complete"), TMPDIR=str(instance.stage / "nowhere"))
    assert "no temporary folder, so nothing is done" in completed.stdout


def test_slow_copy_goes_on_in_the_background(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]
) -> None:
    instance.put("example-courses/courses/labs/week 1/Lab1.ipynb", make_notebook("'<LabBucketName>'"))
    instance.fault(sleep_seconds=3, status=0)
    completed = instance.start(script("slow_copies"))
    assert "not finished after 1 s; it goes on in the background" in completed.stdout
    assert instance.files() == {}
    put = instance.stage / "put-log-events"
    instance.wait_for(lambda: put.exists() and "finished" in put.read_text())
    assert "example-training" in instance.files()["labs/week 1/Lab1.ipynb"].decode()
    assert not (instance.sage_maker / ".on-start").exists()
    # the part of the log that SageMaker missed is in the same stream
    events = json.loads(put.read_text())
    assert [event["message"] for event in events] == [line for line in instance.log.splitlines() if line]
    assert all(event["timestamp"] > 1_600_000_000_000 for event in events)
    arguments = instance.aws_calls[-1]["arguments"]
    assert arguments[:2] == ["logs", "put-log-events"]
    assert arguments[2:6] == [
        "--log-group-name", "/aws/sagemaker/NotebookInstances", "--log-stream-name", "demo/LifecycleConfigOnStart",
    ]  # fmt: skip


def test_a_start_takes_up_what_an_interrupted_one_left(
    instance: Any, script: Callable[[str], str], make_notebook: Callable[..., str]
) -> None:
    left = instance.sage_maker / ".on-start/files/old.ipynb"
    left.parent.mkdir(parents=True)
    left.write_text("half a notebook")
    instance.put(f"{LABS}/Lab1.ipynb", make_notebook())
    instance.start(script("complete"))
    assert set(instance.files()) == {"labs/first week's/Lab1.ipynb"}
