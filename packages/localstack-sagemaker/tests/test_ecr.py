"""ECR, which moto answers: repositories and the policies that let another account pull an image."""

from __future__ import annotations

import json

from emulated.account import Account, refused

from localstack_sagemaker.operations import NOBODY, answerers


def test_a_repository_and_its_policies(account: Account) -> None:
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
    assert refused(lambda: other.describe_repositories(repositoryNames=["models"]))[0] == "RepositoryNotFoundException"
    ecr.delete_repository(**name)
    assert ecr.describe_repositories()["repositories"] == []


def test_what_moto_lacks_is_refused_by_name(account: Account) -> None:
    """LocalStack would answer 501, which SDKs retry."""
    missing = [name for name, who in answerers()["ecr"].items() if who == NOBODY]
    assert missing
    for name in missing:
        answered = account.send(name, {}, "ecr")
        assert (answered.status, answered.code) == (400, "UnsupportedOperation"), name
        assert f"ecr {name} is not implemented" in answered.message
