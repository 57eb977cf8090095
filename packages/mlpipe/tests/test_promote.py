"""`mlpipe promote` through four accounts: what it copies, registers and writes, and what it refuses."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import tarfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from mlpipe.aws import Account as Connected
from mlpipe.aws import AuditLog, Changes, connect
from mlpipe.cli import promote as cli_promote
from mlpipe.errors import ConfigurationError, Refused
from mlpipe.promotion import artifacts, image_copies, images, packages

from .conftest import REGION, Account, Run, killed_after

Accounts = Callable[[], Account]
PROMOTE = ("promote", "--from", "registry", "--to", "staging")


def trained(slope: float) -> bytes:
    """A model, trained by least squares on points of a line, and packed as SageMaker expects it."""
    points = [(float(x), slope * x + 1.0) for x in range(10)]
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    fitted = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    content = json.dumps({"slope": fitted, "intercept": mean_y - fitted * mean_x}).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("model.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def predicted(packed: bytes, x: float) -> float:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        member = archive.extractfile("model.json")
        assert member
        model = json.load(member)
    return float(model["slope"] * x + model["intercept"])


class Fleet:
    """Four accounts with a registry, and an environments file. `staging` has its own bucket and group."""

    def __init__(self, accounts: Accounts, folder: Path) -> None:
        self.folder = folder
        self.registry, self.develop, self.staging, self.production = (accounts() for _ in range(4))
        self.models = self._bucket(self.registry, "models")
        self.copies = self._bucket(self.staging, "copies")
        self.registry.sagemaker.create_model_package_group(ModelPackageGroupName="demo")
        self.staging.sagemaker.create_model_package_group(ModelPackageGroupName="demo")
        self.registry.client("ecr").create_repository(repositoryName="serving")
        self.write_environments()

    def _bucket(self, account: Account, name: str) -> str:
        bucket = f"{name}-{account.number}"
        account.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        return bucket

    def write_environments(self, **staging: Any) -> None:
        roles = {
            name: {"account_id": account.number, "role_arn": f"arn:aws:iam::{account.number}:role/promotion"}
            for name, account in vars(self).items()
            if isinstance(account, Account)
        }
        for name in ("develop", "staging", "production"):
            roles[name]["value"] = f"{name}/model.json"
        roles["staging"] |= {
            "candidate": "staging/candidate.json",
            "group": "demo",
            "artifacts": f"s3://{self.copies}/m/",
        }
        roles["staging"] |= staging
        document = {"project": "demo", "region": REGION, "registry": "registry", "group": "demo", "environments": roles}
        (self.folder / "mlpipe.yaml").write_text(json.dumps(document))

    def image(self, tag: str) -> str:
        config = {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 1,
            "digest": f"sha256:{'0' * 64}",
        }
        media = "application/vnd.docker.distribution.manifest.v2+json"
        manifest = {"schemaVersion": 2, "mediaType": media, "config": config, "layers": [], "annotations": {"tag": tag}}
        self.registry.client("ecr").put_image(
            repositoryName="serving", imageManifest=json.dumps(manifest), imageTag=tag, imageManifestMediaType=media
        )
        return f"{self.registry.number}.dkr.ecr.{REGION}.amazonaws.com/serving:{tag}"

    def layered_image(self) -> tuple[str, dict[str, str]]:
        """Push an image for two platforms that share a layer. Returns its address, and its manifests by digest."""
        ecr = self.registry.client("ecr")
        kinds = "application/vnd.oci.image"
        listed, manifests = [], {}
        for platform in ("amd64", "arm64"):
            config, *layers = (
                {"digest": self._layer(content), "size": len(content), "mediaType": f"{kinds}.layer.v1.tar"}
                for content in (f"config of {platform}".encode(), b"shared", platform.encode())
            )
            text = json.dumps(
                {"schemaVersion": 2, "mediaType": f"{kinds}.manifest.v1+json", "config": config, "layers": layers}
            )
            digest = ecr.put_image(repositoryName="serving", imageManifest=text)["image"]["imageId"]["imageDigest"]
            manifests[digest] = text
            listed.append({"digest": digest, "size": len(text), "platform": {"architecture": platform, "os": "linux"}})
        text = json.dumps({"schemaVersion": 2, "mediaType": f"{kinds}.index.v1+json", "manifests": listed})
        put = ecr.put_image(repositoryName="serving", imageManifest=text, imageTag="layered")
        digest = put["image"]["imageId"]["imageDigest"]
        host = f"{self.registry.number}.dkr.ecr.{REGION}.amazonaws.com"
        return f"{host}/serving@{digest}", manifests | {digest: text}

    def _layer(self, content: bytes) -> str:
        ecr, digest = self.registry.client("ecr"), f"sha256:{hashlib.sha256(content).hexdigest()}"
        known = ecr.batch_check_layer_availability(repositoryName="serving", layerDigests=[digest])["layers"]
        if not known:
            upload = {"repositoryName": "serving"}
            upload["uploadId"] = ecr.initiate_layer_upload(**upload)["uploadId"]
            ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=len(content) - 1, layerPartBlob=content)
            ecr.complete_layer_upload(**upload, layerDigests=[digest])
        return digest

    def register(
        self, content: bytes, *, approval: str = "Approved", image: str = "", encrypted_with: str = "", **metadata: str
    ) -> str:
        """Upload an artefact and register it. Returns the ARN of the version."""
        digest = hashlib.sha256(content).hexdigest()
        key = f"models/{digest[:8]}/model.tar.gz"
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encrypted_with} if encrypted_with else {}
        self.registry.client("s3").put_object(
            Bucket=self.models, Key=key, Body=content, ChecksumAlgorithm="SHA256", **encryption
        )
        container = {"Image": image or self.image(digest[:8]), "ModelDataUrl": f"s3://{self.models}/{key}"}
        return str(
            self.registry.sagemaker.create_model_package(
                ModelPackageGroupName="demo",
                ModelApprovalStatus=approval,
                CustomerMetadataProperties={"model_data_sha256": digest} | metadata,
                InferenceSpecification={
                    "Containers": [container],
                    "SupportedContentTypes": ["text/csv"],
                    "SupportedResponseMIMETypes": ["text/csv"],
                },
            )["ModelPackageArn"]
        )

    def register_pipeline(self, *contents: bytes) -> str:
        """Register an inference pipeline with a container for each artefact, and one without. Returns its ARN."""
        containers: list[dict[str, Any]] = []
        metadata = {"owner": "ada"}
        for position, content in enumerate(contents, start=1):
            key = f"models/pipeline/{position}/model.tar.gz"
            self.registry.client("s3").put_object(Bucket=self.models, Key=key, Body=content, ChecksumAlgorithm="SHA256")
            environment = {"STEP": str(position)}
            image = self.image(f"step-{position}")
            url = f"s3://{self.models}/{key}"
            containers.append({"Image": image, "ModelDataUrl": url, "Environment": environment})
            suffix = "" if position == 1 else f"_{position}"
            metadata[f"model_data_sha256{suffix}"] = hashlib.sha256(content).hexdigest()
        containers.append({"Image": self.image("last")})
        return str(
            self.registry.sagemaker.create_model_package(
                ModelPackageGroupName="demo",
                ModelApprovalStatus="Approved",
                CustomerMetadataProperties=metadata,
                InferenceSpecification={
                    "Containers": containers,
                    "SupportedContentTypes": ["text/csv"],
                    "SupportedResponseMIMETypes": ["text/csv"],
                },
            )["ModelPackageArn"]
        )

    def value(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / name).read_text())
        return document

    def versions(self) -> list[dict[str, Any]]:
        client = self.staging.sagemaker
        listed = client.list_model_packages(ModelPackageGroupName="demo")["ModelPackageSummaryList"]
        return [client.describe_model_package(ModelPackageName=one["ModelPackageArn"]) for one in listed]

    def audit(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / ".mlpipe/audit.jsonl").read_text().splitlines()]


@pytest.fixture
def fleet(accounts: Accounts, tmp_path: Path) -> Fleet:
    return Fleet(accounts, tmp_path)


def test_a_trained_model_goes_from_the_registry_to_production(fleet: Fleet, mlpipe: Run) -> None:
    content = trained(3.0)
    digest = hashlib.sha256(content).hexdigest()
    registry_key, staging_key = (
        one.client("kms").create_key()["KeyMetadata"]["Arn"] for one in (fleet.registry, fleet.staging)
    )
    source = fleet.register(content, encrypted_with=registry_key)
    fleet.write_environments(kms_key_arn=staging_key)
    fleet.register(trained(9.0), approval="PendingManualApproval")
    ops = fleet.develop  # roles of the environments are assumed from here

    planned = mlpipe(ops, "promote", "--from", "registry", "--to", "develop", "--plan", code=0)
    assert planned.out.splitlines() == ["write develop/model.json: version 1"]
    assert not (fleet.folder / "develop").exists()
    mlpipe(ops, "promote", "--from", "registry", "--to", "develop", "--yes", code=0)
    mlpipe(ops, "promote", "--from", "develop", "--to", "staging", "--yes", code=0)

    candidate = fleet.value("staging/candidate.json")
    (version,) = fleet.versions()
    assert version["ModelApprovalStatus"] == "Approved"
    assert candidate["model_package_arn"] == version["ModelPackageArn"]
    assert version["CustomerMetadataProperties"]["source_model_package_arn"] == source
    assert version["CustomerMetadataProperties"]["model_data_sha256"] == digest
    person = ops.client("sts").get_caller_identity()["Arn"].rpartition(":")[2].rpartition("/")[2]
    assert version["CustomerMetadataProperties"]["promoted_by"].endswith(f":assumed-role/promotion/mlpipe-{person}")
    (container,) = version["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == candidate["model_data_url"] == f"s3://{fleet.copies}/m/demo/1/model.tar.gz"
    assert container["Image"] == candidate["image"]
    assert "/serving@sha256:" in candidate["image"]
    copied = fleet.staging.client("s3").get_object(Bucket=fleet.copies, Key="m/demo/1/model.tar.gz")
    assert copied["SSEKMSKeyId"] == staging_key
    assert predicted(copied["Body"].read(), 2.0) == pytest.approx(7.0)
    assert fleet.audit()[-1]["version"] == 1
    calls = [one["call"] for one in fleet.audit() if one["request_id"]]
    assert calls == ["s3.copy_object", "sagemaker.create_model_package", "sagemaker.update_model_package"]

    again = mlpipe(ops, "promote", "--from", "develop", "--to", "staging", "--yes", code=0)
    assert "nothing to do" in again.err
    assert len(fleet.versions()) == 1

    (fleet.folder / "staging/model.json").write_text(json.dumps(candidate))  # `mlpipe shadow promote` does this
    mlpipe(ops, "promote", "--from", "staging", "--to", "production", "--yes", code=0)
    served = fleet.value("production/model.json")
    assert served["model_package_arn"] == source
    assert served["model_data_sha256"] == digest


def test_a_promotion_killed_at_any_step_is_finished_by_the_next_run(fleet: Fleet, mlpipe: Run) -> None:
    first, second = trained(3.0), trained(4.0)
    source = fleet.register_pipeline(first, second)
    seen = []
    # before each change: two copies, the registration, the approval and the file; and once more, before the last two
    for changes in (0, 1, 1, 1, 1):
        assert killed_after(changes, fleet.develop, fleet.folder, *PROMOTE, "--yes").code == -9
        listed = fleet.staging.client("s3").list_objects_v2(Bucket=fleet.copies)
        seen.append((listed["KeyCount"], [one["ModelApprovalStatus"] for one in fleet.versions()]))
        assert not (fleet.folder / "staging").exists()
    assert seen == [(0, []), (1, []), (2, []), (2, ["PendingManualApproval"]), (2, ["Approved"])]
    mlpipe(fleet.develop, *PROMOTE, "--yes", code=0)

    (version,) = fleet.versions()
    value = fleet.value("staging/candidate.json")
    assert value["model_package_arn"] == version["ModelPackageArn"]
    assert [path.name for path in (fleet.folder / "staging").iterdir()] == ["candidate.json"]
    containers = version["InferenceSpecification"]["Containers"]
    folder = f"s3://{fleet.copies}/m/demo/1"
    assert [one.get("ModelDataUrl") for one in containers] == [
        f"{folder}/1/model.tar.gz",
        f"{folder}/2/model.tar.gz",
        None,
    ]
    assert [one.get("Environment") for one in containers] == [{"STEP": "1"}, {"STEP": "2"}, None]
    assert [one["Image"].partition("/")[2][:15] for one in containers] == ["serving@sha256:"] * 3
    metadata = version["CustomerMetadataProperties"]
    assert (metadata["owner"], metadata["source_model_package_arn"]) == ("ada", source)
    assert metadata["model_data_sha256_2"] == hashlib.sha256(second).hexdigest()
    assert [one.get("model_data_url") for one in value["pipeline"]] == [one.get("ModelDataUrl") for one in containers]

    assert "nothing to do" in mlpipe(fleet.develop, *PROMOTE, "--yes", code=0).err
    assert len(fleet.versions()) == 1
    (fleet.folder / "staging/model.json").write_text(json.dumps(value))
    fleet.registry.client("s3").put_object(Bucket=fleet.models, Key="models/pipeline/2/model.tar.gz", Body=b"other")
    changed = mlpipe(fleet.develop, "promote", "--from", "staging", "--to", "production", "--yes", code=1)
    assert "models/pipeline/2/model.tar.gz: SHA-256" in changed.err


def layers_of(account: Account, manifests: dict[str, str]) -> dict[str, bytes]:
    """The content of every layer and configuration in an account's repository `copies`, by digest."""
    found = {}
    for text in manifests.values():
        document = json.loads(text)
        for one in (*document.get("layers", ()), *([document["config"]] if "config" in document else [])):
            answer = account.client("ecr").get_download_url_for_layer(
                repositoryName="copies", layerDigest=one["digest"]
            )
            with urllib.request.urlopen(answer["downloadUrl"], timeout=30) as response:
                found[one["digest"]] = response.read()
    return found


def test_an_image_of_several_platforms_is_copied_and_a_copy_killed_at_any_step_is_finished(
    fleet: Fleet, mlpipe: Run
) -> None:
    image, manifests = fleet.layered_image()
    fleet.register(trained(3.0), image=image)
    ecr = fleet.staging.client("ecr")
    ecr.create_repository(repositoryName="copies")
    fleet.write_environments(repository="copies")
    planned = mlpipe(fleet.develop, *PROMOTE, "--plan", code=0).out
    assert planned.count("ecr.put_image") == 3
    assert ecr.describe_images(repositoryName="copies")["imageDetails"] == []

    layer = (1, 2, 3)  # after the start of the upload, which a later run begins again, after its part, and at its end
    first, second = (*layer, 3, 3), (1 + layer[-1], *layer)  # layers of one platform; of the other, which shares one
    for changes in (0, *first, *second, 1, 1):  # the artefact is copied first, the index is put last
        assert killed_after(changes, fleet.develop, fleet.folder, *PROMOTE, "--yes").code == -9
        assert fleet.versions() == []
        assert not (fleet.folder / "staging").exists()
    mlpipe(fleet.develop, *PROMOTE, "--yes", code=0)

    digest = image.partition("@")[2]
    host = f"{fleet.staging.number}.dkr.ecr.{REGION}.amazonaws.com"
    assert fleet.value("staging/candidate.json")["image"] == f"{host}/copies@{digest}"
    (version,) = fleet.versions()
    assert version["InferenceSpecification"]["Containers"][0]["Image"] == f"{host}/copies@{digest}"
    wanted = [{"imageDigest": one} for one in manifests]
    copied = ecr.batch_get_image(repositoryName="copies", imageIds=wanted)["images"]
    assert {one["imageId"]["imageDigest"]: one["imageManifest"] for one in copied} == manifests
    contents = layers_of(fleet.staging, manifests)
    assert sorted(contents.values()) == sorted([b"shared", b"amd64", b"arm64", b"config of amd64", b"config of arm64"])
    tagged = ecr.describe_images(repositoryName="copies", imageIds=[{"imageTag": "demo-1"}])["imageDetails"]
    assert [one["imageDigest"] for one in tagged] == [digest]
    assert "nothing to do" in mlpipe(fleet.develop, *PROMOTE, "--yes", code=0).err


def test_a_corrupted_layer_and_another_image_with_the_tag_are_refused(
    fleet: Fleet, mlpipe: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, _ = fleet.layered_image()
    fleet.register(trained(3.0), image=image)
    ecr = fleet.staging.client("ecr")
    ecr.create_repository(repositoryName="copies")
    fleet.write_environments(repository="copies")

    def corrupted(*_: object) -> Iterator[bytes]:
        yield b"corrupted"

    with monkeypatch.context() as patch:
        patch.setattr(image_copies._Copy, "_parts", corrupted)
        refused = mlpipe(fleet.develop, *PROMOTE, "--yes", code=1)
    assert "has other content" in refused.err

    def broken(*_: object) -> Iterator[bytes]:
        raise http.client.IncompleteRead(b"x")

    with monkeypatch.context() as patch:
        patch.setattr(image_copies._Copy, "_parts", broken)
        failed = mlpipe(fleet.develop, *PROMOTE, "--yes", code=2)
    assert "a layer cannot be downloaded: IncompleteRead" in failed.err
    assert ecr.describe_images(repositoryName="copies")["imageDetails"] == []

    other = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []})
    ecr.put_image(repositoryName="copies", imageManifest=other, imageTag="demo-1")
    refused = mlpipe(fleet.develop, *PROMOTE, "--yes", code=1)
    assert "copies:demo-1 of account" in refused.err
    assert "it is not replaced" in refused.err
    assert fleet.versions() == []


def test_a_version_whose_creation_failed_is_never_approved(fleet: Fleet, mlpipe: Run) -> None:
    fleet.register(trained(3.0))
    fleet.staging.control("faults", effect="fail", operation="CreateModelPackage", reason="no")
    refused = mlpipe(fleet.develop, *PROMOTE, "--yes", code=1)
    assert "its creation is Failed, expected Completed; it is not approved" in refused.err
    assert [one["ModelApprovalStatus"] for one in fleet.versions()] == ["PendingManualApproval"]
    assert not (fleet.folder / "staging").exists()

    mlpipe(fleet.develop, *PROMOTE, "--yes", code=0)
    statuses = {one["ModelPackageStatus"]: one["ModelApprovalStatus"] for one in fleet.versions()}
    assert statuses == {"Failed": "PendingManualApproval", "Completed": "Approved"}


def test_a_target_reads_the_registry_by_its_policy_if_the_registry_has_no_role(fleet: Fleet, mlpipe: Run) -> None:
    # the emulator's ECR has no access across accounts
    source = fleet.register(trained(3.0), image=f"public.ecr.aws/example/serving@sha256:{'1' * 64}")
    document = json.loads((fleet.folder / "mlpipe.yaml").read_text())
    del document["environments"]["registry"]["role_arn"]
    (fleet.folder / "mlpipe.yaml").write_text(json.dumps(document))
    words = ("promote", "--from", "registry", "--to", "production", "--yes")
    assert "cannot be listed: ListModelPackages: AccessDenied" in mlpipe(fleet.develop, *words, code=2).err

    account = fleet.registry.number
    arn = f"arn:aws:sagemaker:{REGION}:{account}:model-package"
    statement = {
        "Sid": "Look",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{fleet.production.number}:root"},
        "Action": ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
        "Resource": [f"{arn}-group/demo", f"{arn}/demo/*"],
    }
    fleet.registry.sagemaker.put_model_package_group_policy(
        ModelPackageGroupName="demo", ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    mlpipe(fleet.develop, *words, code=0)
    assert fleet.value("production/model.json")["model_package_arn"] == source


def test_guard_rails_refuse_and_change_nothing(fleet: Fleet, mlpipe: Run, accounts: Accounts) -> None:
    ops = fleet.develop
    assert "no version is approved" in mlpipe(ops, *PROMOTE, "--yes", code=1).err
    fleet.register(trained(1.0), approval="PendingManualApproval")
    assert "PendingManualApproval, expected Approved" in mlpipe(ops, *PROMOTE, "--version", 1, "--yes", code=1).err
    fleet.register(trained(2.0), model_data_sha256="0" * 64)
    assert "but " + "0" * 64 + " was approved" in mlpipe(ops, *PROMOTE, "--version", 2, "--yes", code=1).err
    fleet.register(trained(3.0), image="docker.io/library/serving:latest")
    assert "has only a tag" in mlpipe(ops, *PROMOTE, "--version", 3, "--yes", code=1).err
    fleet.register(trained(4.0), image=fleet.image("4").replace(":4", ":missing"))
    assert "there is no such image" in mlpipe(ops, *PROMOTE, "--version", 4, "--yes", code=1).err
    fleet.register(trained(5.0))
    fleet.staging.client("s3").put_object(Bucket=fleet.copies, Key="m/demo/5/model.tar.gz", Body=b"corrupted")
    assert "it is not replaced" in mlpipe(ops, *PROMOTE, "--version", 5, "--yes", code=1).err
    assert "there is no such version" in mlpipe(ops, *PROMOTE, "--version", 99, "--yes", code=1).err
    assert "serves no model yet" in mlpipe(ops, "promote", "--from", "develop", "--to", "staging", "--yes", code=1).err
    (fleet.folder / "develop").mkdir()
    (fleet.folder / "develop/model.json").write_text(
        json.dumps({"model_package_arn": "arn:aws:sagemaker:x:1:p/demo/2"})
    )
    older = mlpipe(ops, "promote", "--from", "develop", "--to", "staging", "--version", 1, "--yes", code=1)
    assert "develop serves version 2, not 1" in older.err
    other = mlpipe(ops, "promote", "--from", "develop", "--to", "staging", "--yes", code=1)
    # :x: is not an emoji, and there is no bar without a terminal
    assert other.err.startswith("mlpipe: develop serves arn:aws:sagemaker:x:1:p/demo/2, expected arn:aws:sagemaker:")

    fleet.write_environments(account_id=accounts().number)
    assert "belong to account" in mlpipe(ops, *PROMOTE, "--version", 5, "--yes", code=1).err
    assert fleet.versions() == []
    assert not (fleet.folder / "staging").exists()
    written = fleet.folder / ".mlpipe/audit.jsonl"
    assert not written.exists() or written.read_text() == ""


def test_a_version_that_is_approved_after_the_question_is_not_promoted(
    fleet: Fleet, mlpipe: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.register(trained(1.0))

    def approved_meanwhile(question: str) -> bool:
        assert "version 1" in question
        fleet.register(trained(2.0))
        return True

    monkeypatch.setattr(cli_promote, "ask", approved_meanwhile)
    mlpipe(fleet.develop, "promote", "--from", "registry", "--to", "develop", code=0)
    assert fleet.value("develop/model.json")["version"] == 1


def test_environment_variables_of_containers_are_not_shown(tmp_path: Path) -> None:
    lines: list[str] = []
    account = Connected(boto3.Session(), "111111111111", REGION, "arn:aws:iam::111111111111:user/ada")
    changes = Changes(AuditLog(tmp_path / "audit"), act=False, show=lines.append)
    container = {"Image": "serve:1", "Environment": {"TOKEN": "do-not-show"}}
    specification = {"Containers": [container]}
    changes.call(account, "sagemaker", "create_model_package", InferenceSpecification=specification)
    assert '"TOKEN": "<hidden>"' in lines[0]
    assert "do-not-show" not in lines[0]
    assert container["Environment"] == {"TOKEN": "do-not-show"}


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("ImageNotFoundException", Refused),
        ("RepositoryNotFoundException", Refused),
        ("AccessDenied", ConfigurationError),
    ],
)
def test_an_image_that_cannot_be_read_is_no_refusal(code: str, raised: type[Exception]) -> None:
    session = boto3.Session("none", "none", region_name=REGION)
    account = Connected(session, "111111111111", REGION, "arn:aws:iam::111111111111:user/ada")
    container = packages.Container(f"111111111111.dkr.ecr.{REGION}.amazonaws.com/serving:1", "", "", "", {})
    stub = Stubber(account.client("ecr", REGION))
    stub.add_client_error("describe_images", code, "no")
    with stub, pytest.raises(raised, match=code):
        images.pinned(account, "version", container)


def test_wrong_input_is_one_message(fleet: Fleet, mlpipe: Run) -> None:
    ops = fleet.develop
    assert "no environment nowhere" in mlpipe(ops, "promote", "--from", "registry", "--to", "nowhere", code=2).err
    assert "are both staging" in mlpipe(ops, "promote", "--from", "staging", "--to", "staging", code=2).err
    fleet.register(trained(1.0))
    assert "pass --yes" in mlpipe(ops, *PROMOTE, code=2).err
    (fleet.folder / "staging").mkdir()
    (fleet.folder / "staging/candidate.json").write_text("{}")
    assert "candidate.json: not the value" in mlpipe(ops, *PROMOTE, "--yes", code=2).err
    fleet.write_environments(group=None)
    assert "artifacts needs group" in mlpipe(ops, *PROMOTE, code=2).err


class Denying(Changes):
    """S3 copies are denied, as without a policy for the target's role. LocalStack's S3 evaluates no policies."""

    def call(self, account: Connected, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        if operation in ("copy_object", "upload_part_copy"):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "CopyObject")
        return super().call(account, service, operation, **parameters)


@pytest.mark.parametrize("kind", [Changes, Denying], ids=["copied by S3", "streamed"])
def test_a_large_artifact_is_copied_in_parts_and_resumed(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, kind: type[Changes]
) -> None:
    content = bytes(range(256)) * 4096 * 11  # 11 MiB: three parts of at most 5 MiB
    monkeypatch.setattr(artifacts, "PART_BYTES", 5 * 1024**2)
    # LocalStack's UploadPartCopy finds no bucket of another account
    owner, bucket = (fleet.staging, fleet.copies) if kind is Changes else (fleet.registry, fleet.models)
    owner.client("s3").put_object(Bucket=bucket, Key="source", Body=content)
    for name, value in fleet.develop.environment().items():
        monkeypatch.setenv(name, value)
    registry, staging = (
        connect(region=REGION, expected=one.number, role_arn=f"arn:aws:iam::{one.number}:role/r")
        for one in (owner, fleet.staging)
    )
    artifact = artifacts.inspect(registry, f"s3://{bucket}/source")
    assert artifact.sha256 == hashlib.sha256(content).hexdigest()
    url = f"s3://{fleet.copies}/large"
    audit = AuditLog(fleet.folder / "audit")

    parts: list[int | None] = []

    class Dying(kind):  # type: ignore[misc, valid-type]
        def call(self, account: Connected, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
            parts.append(parameters.get("PartNumber"))
            if parts[-1] == 3:
                raise KeyboardInterrupt
            return dict(super().call(account, service, operation, **parameters))

    # the parts of an upload that is older than the artefact are others
    replaced = replace(artifact, modified=datetime.now(UTC) + timedelta(minutes=1))
    for _ in range(2):
        parts.clear()
        with pytest.raises(KeyboardInterrupt):
            artifacts.copy(registry, replaced, staging, f"{url}-2", Dying(audit, act=True), kms_key_arn=None)
        assert {1, 2, 3} <= set(parts)

    with pytest.raises(KeyboardInterrupt):
        artifacts.copy(registry, artifact, staging, url, Dying(audit, act=True), kms_key_arn=None)
    changes = kind(audit, act=True)
    copied = artifacts.copy(registry, artifact, staging, url, changes, kms_key_arn=None)

    assert copied.sha256 == artifact.sha256
    assert changes.made == 2  # the third part, and the completion
    fleet.staging.client("s3").put_object(Bucket=fleet.copies, Key="large", Body=b"other")
    with pytest.raises(Refused, match="it is not replaced"):
        artifacts.copy(registry, artifact, staging, url, kind(audit, act=True), kms_key_arn=None)
