"""Errors that the emulator never has: deletions that AWS refuses in part, and unreadable files."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from mlpipe.aws import Account, AuditLog, Changes
from mlpipe.cli import app
from mlpipe.cli.leftovers import _duration
from mlpipe.errors import ConfigurationError
from mlpipe.leftovers.context import Context
from mlpipe.leftovers.model import Found, Leftover
from mlpipe.leftovers.removal import Outcome, remove
from mlpipe.leftovers.search import Search, selected
from mlpipe.leftovers.states import managed_arns
from mlpipe.pipeline import LeftoverSettings
from mlpipe.prices import Prices

IMAGE = Found("ecr-image", "repo@sha256:1", "arn", key={"repositoryName": "repo", "imageDigest": "sha256:1"})
PREFIX = Found("s3-prefix", "s3://data/old/", "arn", key={"Bucket": "data", "Prefix": "old/"})
VERSIONS = [{"Key": f"old/{name}", "VersionId": "v1"} for name in "abc"]
ACCOUNT = "111111111111"
DOMAIN_TAG = "ManagedByAmazonSageMakerResource"

Response = tuple[str, dict[str, Any]]
Responses = dict[str, list[Response]]
"""by service; the name of an error code instead of a response is an error"""


@contextlib.contextmanager
def context_with(responses: Responses) -> Iterator[Context]:
    """A context without a server. Every response must be used."""
    session = boto3.Session("none", "none", region_name="eu-west-1")
    account = Account(session, ACCOUNT, "eu-west-1", f"arn:aws:iam::{ACCOUNT}:user/ada")
    with contextlib.ExitStack() as stack:
        for service, listed in responses.items():
            stub = stack.enter_context(Stubber(account.client(service)))
            for operation, response in listed:
                if "error" in response:
                    stub.add_client_error(operation, response["error"], "no")
                else:
                    stub.add_response(operation, response)
            stack.callback(stub.assert_no_pending_responses)
        yield Context(account, Prices.load(), LeftoverSettings(), frozenset())


def removed(tmp_path: Path, service: str, found: Found, *responses: Response) -> Outcome:
    with context_with({service: list(responses)}) as context:
        [outcome] = remove(context, Changes(AuditLog(tmp_path / "audit.jsonl"), act=True), [Leftover(found, "")])
    return outcome


def audit(folder: Path) -> list[tuple[str, Any, str]]:
    lines = [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]
    return [(one["call"], one["parameters"].get("item"), one["result"]) for one in lines]


@pytest.mark.parametrize(
    ("code", "stays"),
    [("ImageReferencedByManifestList", "repo@sha256:1: ImageReferencedByManifestList: in use"), ("ImageNotFound", "")],
)
def test_an_image_that_ecr_does_not_delete_stays(tmp_path: Path, code: str, stays: str) -> None:
    failure = {"imageId": {"imageDigest": "sha256:1"}, "failureCode": code, "failureReason": "in use"}
    assert removed(tmp_path, "ecr", IMAGE, ("batch_delete_image", {"failures": [failure]})).stays == stays
    call = "ecr.batch_delete_image"
    failed = [(call, None, "failed in part: 1"), (call, "repo@sha256:1", code)]
    assert audit(tmp_path) == (failed if stays else [(call, None, "done")])


def test_what_s3_does_not_delete_is_logged_as_failed_and_the_rest_of_a_prefix_is_deleted(tmp_path: Path) -> None:
    first = {"Versions": VERSIONS[:2], "IsTruncated": True, "NextKeyMarker": "old/b", "NextVersionIdMarker": "v1"}
    second = {"Versions": VERSIONS[2:], "DeleteMarkers": [{"Key": "old/d", "VersionId": "v2"}], "IsTruncated": False}
    denied = [{**one, "Code": "AccessDenied", "Message": "Access Denied"} for one in VERSIONS[:2]]
    pages: list[Response] = [
        ("list_object_versions", first),
        ("delete_objects", {"Errors": denied}),
        ("list_object_versions", second),
        ("delete_objects", {}),
    ]
    outcome = removed(tmp_path, "s3", PREFIX, *pages)
    assert outcome.stays == "old/a: AccessDenied: Access Denied, and 1 more"
    assert audit(tmp_path) == [
        ("s3.delete_objects", None, "failed in part: 2"),
        ("s3.delete_objects", "old/a", "AccessDenied"),
        ("s3.delete_objects", "old/b", "AccessDenied"),
        ("s3.delete_objects", None, "done"),
    ]


def test_a_job_that_ended_after_it_was_listed_is_deleted(tmp_path: Path) -> None:
    found = Found("training-job", "job", "arn", status="InProgress", running=True, key={"TrainingJobName": "job"})
    ended = {"TrainingJobStatus": "Completed"} | described_job()
    outcome = removed(
        tmp_path,
        "sagemaker",
        found,
        ("stop_training_job", {"error": "ValidationException"}),
        ("describe_training_job", ended),
        ("describe_training_job", ended),
        ("delete_training_job", {}),
        ("describe_training_job", {"error": "ResourceNotFound"}),
    )
    assert outcome.stays == ""


def described_job() -> dict[str, Any]:
    """The members that the service model requires."""
    return {
        "TrainingJobName": "job",
        "TrainingJobArn": f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:training-job/job",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/k"},
        "SecondaryStatus": "Completed",
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"VolumeSizeInGB": 1},
        "StoppingCondition": {},
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
    }


def file_system(name: str, domain: str, *, targets: int = 0) -> dict[str, Any]:
    return {
        "OwnerId": ACCOUNT,
        "CreationToken": domain,
        "FileSystemId": name,
        "FileSystemArn": f"arn:aws:elasticfilesystem:eu-west-1:{ACCOUNT}:file-system/{name}",
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
        "LifeCycleState": "available",
        "NumberOfMountTargets": targets,
        "SizeInBytes": {"Value": 10 * 1024**3},
        "PerformanceMode": "generalPurpose",
        "Tags": [{"Key": DOMAIN_TAG, "Value": f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:domain/{domain}"}],
    }


def test_the_file_system_of_a_deleted_domain_is_removed_with_its_mount_targets(tmp_path: Path) -> None:
    """The emulator has no EFS: responses are those of the service model."""
    unrelated = {**file_system("fs-2", "d-old"), "Tags": []}
    pages = [
        ("describe_file_systems", {"FileSystems": [file_system("fs-0", "d-now"), unrelated], "NextMarker": "more"}),
        ("describe_file_systems", {"FileSystems": [file_system("fs-1", "d-old", targets=2)]}),
    ]
    domains: list[Response] = [("list_domains", {"Domains": [{"DomainId": "d-now"}]})]
    with context_with({"efs": pages, "sagemaker": domains}) as context:
        search = Search(context, selected(["file-system"], []), cloudtrail=False)
        (leftover,) = search.run()
    assert search.problems == []
    assert (leftover.found.name, leftover.found.status) == ("fs-1", "of deleted domain d-old")
    assert leftover.found.cost.monthly == pytest.approx(3.0)

    targets = [
        {"MountTargetId": name, "FileSystemId": "fs-1", "SubnetId": "subnet-00000001", "LifeCycleState": "available"}
        for name in ("fsmt-00000001", "fsmt-00000002")
    ]
    outcome = removed(
        tmp_path,
        "efs",
        leftover.found,
        ("describe_mount_targets", {"MountTargets": targets}),
        ("delete_mount_target", {}),
        ("delete_mount_target", {}),
        ("describe_file_systems", {"FileSystems": [file_system("fs-1", "d-old", targets=1)]}),
        ("describe_file_systems", {"FileSystems": [file_system("fs-1", "d-old")]}),
        ("delete_file_system", {}),
    )
    assert outcome.stays == ""
    assert [call for call, _, _ in audit(tmp_path)] == ["efs.delete_mount_target"] * 2 + ["efs.delete_file_system"]


@pytest.mark.parametrize(
    "responses",
    [
        {"sagemaker": [("list_domains", {"error": "AccessDeniedException"})]},
        {
            "sagemaker": [("list_domains", {"Domains": []})],
            "efs": [("describe_file_systems", {"error": "AccessDeniedException"})],
        },
        {
            "sagemaker": [("list_domains", {"Domains": []})],
            "efs": [("describe_file_systems", {"error": "InternalFailure"})],
        },
    ],
    ids=["domains are denied", "file systems are denied", "there is no EFS"],
)
def test_file_systems_that_cannot_be_read_are_a_problem_of_the_report(responses: Responses) -> None:
    with context_with(responses) as context:
        search = Search(context, selected(["file-system"], []))
        assert list(search.run()) == []
    (problem,) = search.problems
    assert problem.kind == "file-system"
    assert problem.text.startswith("not all of them could be listed: ")


def test_what_is_gone_since_it_was_listed_counts_as_removed(tmp_path: Path) -> None:
    interface = Found("network-interface", "eni-1", "arn", key={"NetworkInterfaceId": "eni-1"})
    gone: Response = ("delete_network_interface", {"error": "InvalidNetworkInterfaceID.NotFound"})
    assert removed(tmp_path, "ec2", interface, gone).stays == ""
    in_use: Response = ("delete_network_interface", {"error": "InvalidParameterValue"})
    assert removed(tmp_path, "ec2", interface, in_use).stays == "DeleteNetworkInterface: InvalidParameterValue: no"
    system = Found("file-system", "fs-1", "arn", running=True, key={"FileSystemId": "fs-1"})
    calls = ("describe_mount_targets", "describe_file_systems", "describe_file_systems", "delete_file_system")
    assert removed(tmp_path, "efs", system, *((one, {"error": "FileSystemNotFound"}) for one in calls)).stays == ""


def test_what_has_no_age_is_listed_and_not_removed_if_an_age_is_asked_for() -> None:
    interface = {"NetworkInterfaceId": "eni-1", "Status": "available", "Description": "SageMaker"}
    stays = []
    for hours in (0, 24):
        page: list[Response] = [("describe_network_interfaces", {"NetworkInterfaces": [interface]})]
        with context_with({"ec2": page}) as context:
            search = Search(context, selected(["network-interface"], []), timedelta(hours=hours), cloudtrail=False)
            stays += [one.found.stays for one in search.run()]
    assert stays == ["", "its age is not known; use --older-than 0h to remove it"]


def test_a_state_that_is_not_text_is_one_message() -> None:
    session = boto3.Session("none", "none", region_name="eu-west-1")
    account = Account(session, "111111111111", "eu-west-1", "arn:aws:iam::111111111111:user/ada")
    stub = Stubber(account.client("s3"))
    stub.add_response("list_objects_v2", {"Contents": [{"Key": "a.tfstate"}], "IsTruncated": False})
    stub.add_response("get_object", {"Body": io.BytesIO(b"\xff\xfe")})
    with stub, pytest.raises(ConfigurationError, match="s3://states/: a state is not text"):
        managed_arns(["s3://states/"], account)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_and_not_a_bug(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def full() -> None:
        with Path("/dev/full").open("w") as sink:
            sink.write("x")

    monkeypatch.setattr(app, "app", lambda **_: full())
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == 2
    assert "No space left on device" in capsys.readouterr().err


def test_ages_are_limited() -> None:
    assert _duration("2w") == timedelta(weeks=2)
    with pytest.raises(ConfigurationError, match="--older-than 999999999999w"):
        _duration("999999999999w")
