"""ECR, provided by moto: repositories and policies that allow another account to pull an image."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from typing import Any

from emulated.account import Account, error_of

from localstack_sagemaker.operations import REFUSED, depths


def test_repository_and_policies(account: Account) -> None:
    ecr, name = account.client("ecr"), {"repositoryName": "models"}
    made = ecr.create_repository(**name, tags=[{"Key": "owner", "Value": "me"}])["repository"]
    assert made["repositoryArn"] == account.arn("repository/models", "ecr")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            }
        ],
    }
    ecr.set_repository_policy(**name, policyText=json.dumps(policy))
    assert json.loads(ecr.get_repository_policy(**name)["policyText"]) == policy
    selection = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 10}
    rules = {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}
    ecr.put_lifecycle_policy(**name, lifecyclePolicyText=json.dumps(rules))
    assert json.loads(ecr.get_lifecycle_policy(**name)["lifecyclePolicyText"]) == rules
    assert ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == [{"Key": "owner", "Value": "me"}]
    other = Account(account.url).client("ecr")
    assert error_of(lambda: other.describe_repositories(repositoryNames=["models"]))[0] == "RepositoryNotFoundException"
    ecr.delete_repository(**name)
    assert ecr.describe_repositories()["repositories"] == []


def test_the_digest_of_an_image_is_that_of_its_manifest(account: Account) -> None:
    ecr = account.client("ecr")
    ecr.create_repository(repositoryName="models")
    media = "application/vnd.oci.image.manifest.v1+json"
    for tag in "ab":
        manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "layers": [], "annotations": {"tag": tag}})
        put = ecr.put_image(repositoryName="models", imageManifest=manifest, imageTag=tag)["image"]
        digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
        assert put["imageId"] == {"imageTag": tag, "imageDigest": digest}
        found = ecr.describe_images(repositoryName="models", imageIds=[{"imageDigest": digest}])["imageDetails"]
        assert [one["imageTags"] for one in found] == [[tag]]


def upload(ecr: Any, content: bytes, *, digest: str = "") -> str:
    """Upload a layer in parts of 3 bytes. Returns its digest."""
    digest = digest or f"sha256:{hashlib.sha256(content).hexdigest()}"
    started = ecr.initiate_layer_upload(repositoryName="models")
    for first in range(0, len(content), 3):
        part = content[first : first + 3]
        ecr.upload_layer_part(
            repositoryName="models",
            uploadId=started["uploadId"],
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
    ecr.complete_layer_upload(repositoryName="models", uploadId=started["uploadId"], layerDigests=[digest])
    return digest


def test_layers_are_uploaded_downloaded_and_needed_by_images(account: Account) -> None:
    ecr = account.client("ecr")
    ecr.create_repository(repositoryName="models")
    contents = [b"config", b"a layer"]
    digests = [f"sha256:{hashlib.sha256(one).hexdigest()}" for one in contents]
    config, layer = ({"digest": digest, "size": 6, "mediaType": "x"} for digest in digests)
    media = "application/vnd.oci.image.manifest.v1+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "config": config, "layers": [layer]})
    image = {"repositoryName": "models", "imageManifest": manifest, "imageTag": "1"}

    upload(ecr, contents[0])
    assert error_of(lambda: ecr.put_image(**image))[0] == "LayersNotFoundException"
    checked = ecr.batch_check_layer_availability(repositoryName="models", layerDigests=digests)
    assert [one["layerDigest"] for one in checked["layers"]] == digests[:1]
    assert [one["layerDigest"] for one in checked["failures"]] == digests[1:]
    assert error_of(lambda: upload(ecr, contents[1], digest=digests[0]))[0] == "InvalidLayerException"
    assert error_of(lambda: upload(ecr, b""))[0] == "EmptyUploadException"
    upload(ecr, contents[1])
    assert error_of(lambda: upload(ecr, contents[1]))[0] == "LayerAlreadyExistsException"
    ecr.put_image(**image)

    for digest, content in zip(digests, contents, strict=True):
        url = ecr.get_download_url_for_layer(repositoryName="models", layerDigest=digest)["downloadUrl"]
        with urllib.request.urlopen(url, timeout=10) as response:
            assert response.read() == content
    other = Account(account.url).client("ecr")
    other.create_repository(repositoryName="models")
    absent = error_of(lambda: other.get_download_url_for_layer(repositoryName="models", layerDigest=digests[0]))
    assert absent[0] == "LayersNotFoundException"
    ecr.delete_repository(repositoryName="models", force=True)
    ecr.create_repository(repositoryName="models")
    left = ecr.batch_check_layer_availability(repositoryName="models", layerDigests=digests)
    assert left["layers"] == []


def test_a_list_of_images_needs_its_images(account: Account) -> None:
    ecr = account.client("ecr")
    ecr.create_repository(repositoryName="models")
    media = "application/vnd.oci.image.index.v1+json"
    listed = {"digest": f"sha256:{'1' * 64}", "size": 1, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "manifests": [listed]})
    refused = error_of(lambda: ecr.put_image(repositoryName="models", imageManifest=manifest, imageTag="1"))
    assert refused[0] == "ReferencedImagesNotFoundException"


def test_operations_missing_in_moto_are_rejected_by_name(account: Account) -> None:
    """LocalStack would return a 501, which SDKs retry."""
    missing = [name for name, provider in depths()["ecr"].items() if provider == REFUSED]
    assert missing
    for name in missing:
        response = account.send(name, {}, "ecr")
        assert (response.status, response.code) == (400, "UnsupportedOperation"), name
        assert f"ecr {name} is not emulated" in response.message
