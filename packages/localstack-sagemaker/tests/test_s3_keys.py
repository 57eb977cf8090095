"""The key that S3 takes for an upload to a bucket with a default key."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account


def bucket_of(account: Account) -> str:
    """A bucket name of the account, because all accounts share the names."""
    return f"example-{account.number}"


@pytest.fixture
def keys(account: Account) -> dict[str, str]:
    """A bucket's own key and another one, by name."""
    kms, s3 = account.client("kms"), account.client("s3")
    created = {name: kms.create_key()["KeyMetadata"]["Arn"] for name in ("bucket", "other")}
    s3.create_bucket(Bucket=bucket_of(account))
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": created["bucket"]}}
    s3.put_bucket_encryption(Bucket=bucket_of(account), ServerSideEncryptionConfiguration={"Rules": [rule]})
    return created


def upload(account: Account, **headers: str) -> dict[str, Any]:
    response: dict[str, Any] = account.client("s3").put_object(
        Bucket=bucket_of(account), Key="example", Body=b"1", **headers
    )
    return response


@pytest.mark.parametrize(
    ("algorithm", "named", "taken"),
    [
        pytest.param(None, None, "bucket", id="no header"),
        pytest.param("aws:kms", "bucket", "bucket", id="the bucket's key"),
        pytest.param("aws:kms", "other", "other", id="another key"),
    ],
)
def test_upload_takes_the_named_key_or_the_bucket_s(
    account: Account, keys: dict[str, str], algorithm: str | None, named: str | None, taken: str
) -> None:
    headers = {"ServerSideEncryption": algorithm, "SSEKMSKeyId": keys.get(named or "")}
    response = upload(account, **{name: value for name, value in headers.items() if value})
    assert (response["ServerSideEncryption"], response["SSEKMSKeyId"]) == ("aws:kms", keys[taken])


def test_upload_with_aws_kms_and_no_key_takes_the_account_s_managed_key(account: Account, keys: dict[str, str]) -> None:
    taken = upload(account, ServerSideEncryption="aws:kms")["SSEKMSKeyId"]
    assert taken not in keys.values()
    assert account.client("kms").describe_key(KeyId=taken)["KeyMetadata"]["KeyManager"] == "AWS"
    assert upload(account, ServerSideEncryption="aws:kms")["SSEKMSKeyId"] == taken


@pytest.mark.usefixtures("keys")
def test_upload_with_aes256_has_no_key(account: Account) -> None:
    response = upload(account, ServerSideEncryption="AES256")
    assert (response["ServerSideEncryption"], response.get("SSEKMSKeyId")) == ("AES256", None)
