"""ECR, provided by moto: repositories and policies that allow another account to pull an image."""

from __future__ import annotations

import hashlib
import json

from emulated.account import Account, error_of

from localstack_sagemaker.operations import NONE, providers


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


def test_operations_missing_in_moto_are_rejected_by_name(account: Account) -> None:
    """LocalStack would return a 501, which SDKs retry."""
    missing = [name for name, provider in providers()["ecr"].items() if provider == NONE]
    assert missing
    for name in missing:
        response = account.send(name, {}, "ecr")
        assert (response.status, response.code) == (400, "UnsupportedOperation"), name
        assert f"ecr {name} is not implemented" in response.message
