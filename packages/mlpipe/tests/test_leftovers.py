"""`mlpipe leftovers` lists what nothing explains, removes it in order, and never touches what is managed or kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from mlpipe.aws import accounts

from .conftest import REGION, ROLE, Account, Run

# services that the emulator does not have
LACKING = ("--skip-kind", "file-system", "--no-cloudtrail")


PRICES = {"date": "", "region": "", "source": "", "instances_per_hour": {}, "storage_per_gb_month": {}}


def names(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["kind"], one["name"]) for one in document["leftovers"]]


def state_of(*arns: str) -> dict[str, Any]:
    resources = [{"mode": "managed", "type": "any", "instances": [{"attributes": {"arn": arn}}]} for arn in arns]
    return {"version": 4, "resources": resources}


def audit(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / ".mlpipe/audit.jsonl").read_text().splitlines()]


def manifest(name: str) -> str:
    """An image manifest that ECR accepts, different for each name."""
    config = {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": len(name),
        "digest": f"sha256:{'0' * 64}",
    }
    media = "application/vnd.docker.distribution.manifest.v2+json"
    return json.dumps({"schemaVersion": 2, "mediaType": media, "config": config, "layers": []})


def endpoint_arn(account: Account, name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{account.number}:endpoint/{name}"


def test_what_no_state_and_no_rule_explains_is_listed_and_removed_in_order(
    account: Account, mlpipe: Run, tmp_path: Path
) -> None:
    account.serve("stack")  # the state has the endpoint only, as after a rollback
    account.serve("tagged", ManagedBy="Terraform")
    account.serve("forgotten", Owner="ada")
    account.serve("wanted", keep="yes")
    account.train("notebook-2026-01-01")
    logs = account.client("logs")
    for name in ("stack", "forgotten"):
        logs.create_log_group(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    (tmp_path / "here.tfstate").write_text(json.dumps(state_of(endpoint_arn(account, "stack"))))
    (tmp_path / "mlpipe.yaml").write_text(
        f"""
        project: demo
        region: {REGION}
        registry: develop
        group: demo
        environments: {{develop: {{account_id: "{account.number}", states: [here.tfstate]}}}}
        leftovers: {{keep: [{{tags: {{keep: "*"}}, reason: someone asked}}]}}
        """
    )
    words = ("leftovers", "-e", "develop", *LACKING)

    listed = mlpipe(account, *words, "--format", "json", code=1).document

    assert names(listed) == [
        ("training-job", "notebook-2026-01-01"),
        ("endpoint", "forgotten"),
        ("endpoint-configuration", "forgotten"),
        ("model", "forgotten"),
        ("log-group", "/aws/sagemaker/Endpoints/forgotten"),
    ]
    endpoint = listed["leftovers"][1]
    assert (endpoint["started_by"], endpoint["cost_class"]) == ("ada", "low")
    assert (endpoint["usd_per_hour"], endpoint["usd_per_month"]) == (0.115, 83.95)
    assert listed["problems"] == []
    assert listed["prices"]["source"].startswith("https://")

    unanswered = mlpipe(account, *words, "--delete", code=2)
    assert "pass --yes" in unanswered.err
    assert not (tmp_path / ".mlpipe").exists()

    mlpipe(account, *words, "--delete", "--yes", code=0)

    assert [one["call"] for one in audit(tmp_path)] == [
        "sagemaker.delete_training_job",
        "sagemaker.delete_endpoint",
        "sagemaker.delete_endpoint_config",
        "sagemaker.delete_model",
        "logs.delete_log_group",
    ]
    assert all(one["request_id"] and one["account"] == account.number for one in audit(tmp_path))
    assert mlpipe(account, *words, "--format", "json", code=0).document["leftovers"] == []
    kept = [one["EndpointName"] for one in account.sagemaker.list_endpoints()["Endpoints"]]
    assert sorted(kept) == ["stack", "tagged", "wanted"]


def test_a_running_job_is_stopped_first_and_an_ended_transform_job_stays(account: Account, mlpipe: Run) -> None:
    account.serve("served", keep="yes")
    account.sagemaker.create_transform_job(
        TransformJobName="transform",
        ModelName="served",
        TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://example/in"}}},
        TransformOutput={"S3OutputPath": "s3://example/out"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    account.control("clock", "PUT", mode=0.01)
    account.train("running")
    words = ("leftovers", "--no-state", "--kind", "training-job", "--kind", "transform-job", *LACKING)

    listed = mlpipe(account, *words, "--format", "json", code=1).document

    job, transform = listed["leftovers"]
    assert (job["status"], job["usd_per_hour"], job["stays"]) == ("InProgress", 0.23, None)
    assert transform["stays"] == "AWS has no DeleteTransformJob: the record stays, and costs nothing"
    assert listed["totals"]["permanent"] == 1

    removed = mlpipe(account, *words, "--delete", "--yes", code=0)

    assert "training-job running: removed" in removed.err
    assert "transform-job transform: stays: AWS has no DeleteTransformJob" in removed.err
    assert account.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    # what AWS can never delete and costs nothing does not fail CI
    assert mlpipe(account, *words, code=0).out.startswith("kind")


def test_a_part_that_cannot_be_read_is_reported_and_the_rest_goes_on(account: Account, mlpipe: Run) -> None:
    account.serve("forgotten")
    account.train("job")
    account.sagemaker.create_model(
        ModelName="unused", PrimaryContainer={"Image": "serve:1"}, ExecutionRoleArn=ROLE.format(account.number)
    )
    account.control("faults", effect="error", operation="ListTrainingJobs", code="AccessDeniedException", times=0)
    account.control("faults", effect="throttle", operation="ListModels", times=2)
    account.control("faults", effect="error", operation="ListTags", code="AccessDeniedException")

    # the emulator has neither CloudTrail nor EFS
    listed = mlpipe(account, "leftovers", "--no-state", "--format", "json", code=1).document

    # the endpoint stays, and so does what it uses
    assert names(listed) == [("endpoint", "forgotten"), ("model", "unused")]
    assert "tags cannot be read" in listed["leftovers"][0]["stays"]
    problems = {one["kind"]: one["text"] for one in listed["problems"]}
    assert set(problems) == {"training-job", "owners", "file-system"}
    assert "AccessDeniedException" in problems["training-job"]
    assert problems["owners"].startswith("CloudTrail cannot be read, so that owners come from tags only")


def test_a_job_that_a_notebook_started_is_found_and_removed_after_the_stack_is_destroyed(
    account: Account, mlpipe: Run, tmp_path: Path
) -> None:
    (tmp_path / "stack.tfstate").write_text(json.dumps(state_of()))
    account.control("clock", "PUT", mode=0.01)
    account.train("notebook-2026-01-01")
    words = ("leftovers", "--state", "stack.tfstate", *LACKING)

    listed = mlpipe(account, *words, "--format", "json", code=1).document
    assert names(listed) == [("training-job", "notebook-2026-01-01")]
    mlpipe(account, *words, "--delete", "--yes", code=0)

    assert account.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    assert audit(tmp_path)[-1]["call"] == "sagemaker.delete_training_job"


def test_a_call_that_is_throttled_for_good_is_reported_and_the_rest_goes_on(
    account: Account, mlpipe: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    retries = {"mode": "standard", "total_max_attempts": 2}
    monkeypatch.setattr(accounts, "_CONFIG", accounts._CONFIG.merge(Config(retries=retries)))
    account.train("job")
    account.control("faults", effect="throttle", operation="ListNotebookInstances", times=0)

    listed = mlpipe(account, "leftovers", "--no-state", *LACKING, "--format", "json", code=1).document

    assert names(listed) == [("training-job", "job")]
    (problem,) = listed["problems"]
    assert (problem["kind"], "ThrottlingException" in problem["text"]) == ("notebook", True)


def test_every_page_is_read(account: Account, mlpipe: Run) -> None:
    for number in range(105):  # SageMaker lists 100 at most
        account.train(f"job-{number}", Tags=[{"Key": "Owner", "Value": "ada"}])
    words = ("leftovers", "--no-state", "--kind", "training-job", "--no-cloudtrail", "--format", "json")
    totals = mlpipe(account, *words, code=1).document["totals"]
    assert totals["by_kind"] == {"training-job": 105}


def test_what_an_endpoint_uses_stays_if_the_endpoint_cannot_be_deleted(account: Account, mlpipe: Run) -> None:
    account.serve("forgotten")
    account.control("faults", effect="error", operation="DeleteEndpoint", code="AccessDeniedException", times=0)

    kept = mlpipe(account, "leftovers", "--no-state", *LACKING, "--delete", "--yes", code=1)

    assert "endpoint forgotten: stays: DeleteEndpoint: AccessDeniedException" in kept.err
    assert "endpoint-configuration forgotten: stays: something that stays uses it" in kept.err
    assert "model forgotten: stays: something that stays uses it" in kept.err
    assert account.sagemaker.describe_endpoint(EndpointName="forgotten")["EndpointStatus"] == "InService"
    assert len(account.sagemaker.list_models()["Models"]) == 1


def test_notebooks_apps_and_spaces_are_stopped_and_removed_in_order(account: Account, mlpipe: Run) -> None:
    client = account.sagemaker
    role = ROLE.format(account.number)
    client.create_notebook_instance(NotebookInstanceName="lab", InstanceType="ml.t3.medium", RoleArn=role)
    ec2 = account.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]
    domain = client.create_domain(
        DomainName="studio",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": role},
        VpcId=subnet["VpcId"],
        SubnetIds=[subnet["SubnetId"]],
    )["DomainArn"].rpartition("/")[2]
    client.create_user_profile(DomainId=domain, UserProfileName="ada")
    client.create_space(
        DomainId=domain,
        SpaceName="private",
        OwnershipSettings={"OwnerUserProfileName": "ada"},
        SpaceSharingSettings={"SharingType": "Private"},
        SpaceSettings={
            "AppType": "JupyterLab",
            "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 10}},
        },
    )
    client.create_app(
        DomainId=domain,
        SpaceName="private",
        AppType="JupyterLab",
        AppName="default",
        ResourceSpec={"InstanceType": "ml.m5.large"},
    )
    kinds = [word for kind in ("notebook", "app", "space") for word in ("--kind", kind)]
    words = ("leftovers", "--no-state", *kinds, "--no-cloudtrail")

    listed = mlpipe(account, *words, "--format", "json", code=1).document["leftovers"]

    assert [(one["kind"], one["started_by"]) for one in listed] == [
        ("notebook", None),
        ("app", "ada"),
        ("space", "ada"),
    ]
    assert [one["usd_per_month"] for one in listed] == [37.2, 83.95, 1.4]
    mlpipe(account, *words, "--delete", "--yes", code=0)
    assert mlpipe(account, *words, "--format", "json", code=0).document["leftovers"] == []


def test_what_a_kept_endpoint_may_use_is_not_listed_if_that_cannot_be_read(account: Account, mlpipe: Run) -> None:
    account.serve("stack", ManagedBy="terraform")
    account.sagemaker.create_model(
        ModelName="other",
        PrimaryContainer={"Image": "serve:1"},
        ExecutionRoleArn=f"arn:aws:iam::{account.number}:role/x",
    )
    account.control("faults", effect="error", operation="DescribeEndpoint", code="AccessDeniedException", times=0)

    listed = mlpipe(account, "leftovers", "--no-state", *LACKING, "--format", "json", code=2).document

    assert listed["leftovers"] == []
    using = {"endpoint", "endpoint-configuration", "model", "log-group", "s3-prefix", "ecr-image"}
    assert {one["kind"] for one in listed["problems"]} == using


def test_states_are_read_from_s3_files_and_show(account: Account, mlpipe: Run, tmp_path: Path) -> None:
    for name in ("remote", "local", "shown"):
        account.serve(name)
    s3 = account.client("s3")
    bucket = f"state-{account.number}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(
        Bucket=bucket, Key="eu/endpoint/terraform.tfstate", Body=json.dumps(state_of(endpoint_arn(account, "remote")))
    )
    (tmp_path / "states/deep").mkdir(parents=True)
    (tmp_path / "states/deep/terraform.tfstate").write_text(json.dumps(state_of(endpoint_arn(account, "local"))))
    resource = {"mode": "managed", "values": {"arn": endpoint_arn(account, "shown")}}
    show = {"format_version": "1.0", "values": {"root_module": {"child_modules": [{"resources": [resource]}]}}}
    (tmp_path / "show.json").write_text(json.dumps(show))

    states = ("--state", f"s3://{bucket}/eu", "--state", "states", "--state", "show.json")
    listed = mlpipe(account, "leftovers", *states, "--kind", "endpoint", "--format", "json", "--no-cloudtrail", code=0)

    assert listed.document["leftovers"] == []


def test_neighbours_are_found_and_removed(account: Account, mlpipe: Run) -> None:
    s3 = account.client("s3")
    bucket = f"sagemaker-{REGION}-{account.number}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="xgboost-2026/output/model.tar.gz", Body=b"model")
    ecr = account.client("ecr")
    for name in ("sagemaker-studio", "other"):
        ecr.create_repository(repositoryName=name)
        ecr.put_image(repositoryName=name, imageManifest=manifest(name), imageTag="1")
    ec2 = account.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    for description in ("Network Interface created for SageMaker Notebook Instance x", "mine"):
        ec2.create_network_interface(SubnetId=subnet, Description=description)
    kinds = [word for kind in ("s3-prefix", "ecr-image", "network-interface") for word in ("--kind", kind)]
    words = ("leftovers", "--no-state", *kinds, "--no-cloudtrail")

    listed = mlpipe(account, *words, "--format", "json", code=1).document

    assert [one["kind"] for one in listed["leftovers"]] == ["s3-prefix", "ecr-image", "network-interface"]
    assert listed["leftovers"][0]["name"] == f"s3://{bucket}/xgboost-2026/"
    mlpipe(account, *words, "--delete", "--yes", code=0)
    assert mlpipe(account, *words, "--format", "json", code=0).document["leftovers"] == []
    assert len(ecr.describe_images(repositoryName="other")["imageDetails"]) == 1
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 1
    assert s3.list_objects_v2(Bucket=bucket).get("Contents", []) == []


@pytest.mark.parametrize("kinds", [("s3-prefix", "ecr-image", "log-group"), ()], ids=["some kinds", "all kinds"])
def test_artifacts_images_and_logs_of_what_is_kept_are_not_listed(
    account: Account, mlpipe: Run, tmp_path: Path, kinds: tuple[str, ...]
) -> None:
    s3, ecr, client = (account.client(name) for name in ("s3", "ecr", "sagemaker"))
    bucket = f"sagemaker-{REGION}-{account.number}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for prefix in ("direct", "version", "managed", "old"):
        s3.put_object(Bucket=bucket, Key=f"{prefix}/model.tar.gz", Body=b"model")
    ecr.create_repository(repositoryName="sagemaker-own")
    for tag in ("direct", "version", "old"):
        ecr.put_image(repositoryName="sagemaker-own", imageManifest=manifest(tag), imageTag=tag)
    direct, version = (
        {
            "Image": f"{account.number}.dkr.ecr.{REGION}.amazonaws.com/sagemaker-own:{name}",
            "ModelDataUrl": f"s3://{bucket}/{name}/model.tar.gz",
        }
        for name in ("direct", "version")
    )
    client.create_model_package_group(ModelPackageGroupName="own")
    package, deleted = (
        client.create_model_package(
            ModelPackageGroupName="own",
            InferenceSpecification={
                "Containers": [version],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            ModelApprovalStatus="Approved",
        )["ModelPackageArn"]
        for _ in range(2)
    )
    versions = {name: {"ModelPackageName": arn} for name, arn in (("version", package), ("deleted", deleted))}
    for name, container in {"direct": direct, **versions}.items():
        client.create_model(
            ModelName=name,
            PrimaryContainer=container,
            ExecutionRoleArn=ROLE.format(account.number),
            Tags=[{"Key": "ManagedBy", "Value": "terraform"}],
        )
    client.delete_model_package(ModelPackageName=deleted)
    account.serve("stack", ManagedBy="terraform")
    account.client("logs").create_log_group(logGroupName="/aws/sagemaker/Endpoints/stack")
    (tmp_path / "own.tfstate").write_text(json.dumps(state_of(f"arn:aws:s3:::{bucket}/managed/data.csv")))

    chosen = [word for kind in kinds for word in ("--kind", kind)] or LACKING[:2]
    words = ("leftovers", "--state", "own.tfstate", *chosen, "--no-cloudtrail", "--format", "json")
    listed = mlpipe(account, *words, code=1).document

    assert listed["problems"] == []
    assert [(one["kind"], one["status"]) for one in listed["leftovers"]] == [
        ("s3-prefix", "1 objects, 5 bytes"),
        ("ecr-image", "old"),
    ]
    assert listed["leftovers"][0]["name"] == f"s3://{bucket}/old/"


def test_a_state_option_adds_to_the_states_of_an_environment(account: Account, mlpipe: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        account.serve(name)
        (tmp_path / f"{name}.tfstate").write_text(json.dumps(state_of(endpoint_arn(account, name))))
    environment = {"account_id": account.number, "states": ["one.tfstate"]}
    document = {
        "project": "demo",
        "region": REGION,
        "registry": "a",
        "group": "demo",
        "environments": {"a": environment},
    }
    (tmp_path / "mlpipe.yaml").write_text(json.dumps(document))
    words = ("leftovers", "-e", "a", "--kind", "endpoint", "--no-cloudtrail", "--format", "json")
    assert names(mlpipe(account, *words, code=1).document) == [("endpoint", "two")]
    assert names(mlpipe(account, *words, "--state", "two.tfstate", code=0).document) == []

    refused = mlpipe(account, *words, "--account", "000000000001", "--delete", "--yes", code=1)
    assert f"--account 000000000001: a has account {account.number}" in refused.err


def test_formats_show_the_same_leftovers(account: Account, mlpipe: Run, tmp_path: Path) -> None:
    name = "notebook-with-a-long-name-2026-01-01-12-00-00-000"
    account.train(name)
    words = ("leftovers", "--no-state", "--kind", "training-job", "--no-cloudtrail")
    for kind, expected in (("table", f" {name} "), ("markdown", f"| {name} |"), ("html", f"<td>{name}</td>")):
        mlpipe(account, *words, "--format", kind, "--output", f"report.{kind}", code=1)
        assert expected in (tmp_path / f"report.{kind}").read_text()


def test_wrong_input_is_one_message(account: Account, mlpipe: Run, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"format_version": "1.0", "planned_values": {}}')
    (tmp_path / "broken.yaml").write_text("environments: [")
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "date.yaml").write_text("project: 2026-99-99")
    (tmp_path / "list.tfstate").write_text('{"version": 4, "resources": [1]}')
    (tmp_path / "null.json").write_text('{"format_version": "1.0", "values": null}')
    (tmp_path / "euro.json").write_text(json.dumps(PRICES | {"currency": "EUR"}))
    (tmp_path / "odd.yaml").write_text(
        "project: x\nregion: y\nregistry: r\ngroup: g\nenvironments: {a: {account_id: 1, vaule: x}}"
    )
    for words, message in (
        ((), "no Terraform state"),
        (("--no-state", "--kind", "nothing"), "no kind nothing"),
        (("--no-state", "--older-than", "soon"), "expected a number up to 99999 and h, d or w"),
        (("--no-state", "--format", "pdf"), "no format pdf"),
        (("--state", "plan.json"), "this is a plan"),
        (("--state", "missing"), "missing"),
        (("--state", "s3://no-such-bucket-anywhere/x"), "NoSuchBucket"),
        (("--state", "list.tfstate"), "list.tfstate: not a state"),
        (("--state", "null.json"), "null.json: not a state"),
        (("--no-state", "--prices", "euro.json"), "currency Input should be 'USD'"),
        (("--config", "broken.yaml", "-e", "x"), "not YAML"),
        (("--config", "date.yaml", "-e", "x"), "not YAML"),
        (("--config", "empty.yaml", "-e", "x"), "found nothing, expected a mapping"),
        (("--config", "odd.yaml", "-e", "x"), "odd.yaml: environments.a.account_id: found int, expected a string: put"),
        (("--config", "odd.yaml", "-e", "x"), "odd.yaml: environments.a.vaule: there is no such setting"),
        (("--no-state", "--prices", "plan.json"), "not a price list"),
        (("--unknown",), "No such option"),
    ):
        assert message in mlpipe(account, "leftovers", *words, code=2).err


def test_another_account_is_refused(account: Account, mlpipe: Run) -> None:
    refused = mlpipe(account, "leftovers", "--no-state", "--account", "000000000001", "--delete", "--yes", code=1)
    assert f"belong to account {account.number}, expected 000000000001" in refused.err
