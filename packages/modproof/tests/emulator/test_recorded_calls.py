"""The file of calls, which the server writes while it is read."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from modproof.emulator import server
from modproof.emulator.recorded_calls import end_of, terraform_calls

ACCOUNT, OTHER = "111111111111", "222222222222"


def line(operation: str, account: str = ACCOUNT, **changed: Any) -> str:
    call = {
        "account": account,
        "region": "eu-west-1",
        "service": "s3",
        "operation": operation,
        "agent": "APN/1.0 Terraform/1.9 terraform-provider-aws/5.100.0",
        "invocation": "1",
        "members": ["Bucket"],
        "identifiers": {"Bucket": "data"},
        "arns": [],
    }
    return json.dumps(call | changed) + "\n"


def test_calls_of_the_provider_in_the_account_are_read_once(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(
        line("HeadBucket") + line("HeadBucket") + line("GetObject", agent="Boto3/1.40") + line("PutObject", OTHER)
    )
    assert [str(call) for call in terraform_calls(file, ACCOUNT, 0, {})] == ["s3.HeadBucket"]


def test_calls_of_the_s3_backend_and_of_terragrunt_are_read(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    backend = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) aws-sdk-go-v2/1.36.0 api/s3#1.75"
    terragrunt = "aws-sdk-go-v2/1.43.0 lang/go#1.26.8 api/s3#1.106.0 app/terragrunt-v1.1.3 m/E,e"
    file.write_text(line("PutObject", agent=backend) + line("GetObject", agent=terragrunt))
    assert [call.operation for call in terraform_calls(file, ACCOUNT, 0, {})] == ["PutObject", "GetObject"]


def test_only_calls_after_the_beginning_are_read(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    assert end_of(file) == 0
    assert terraform_calls(file, ACCOUNT, 0, {}) == []
    file.write_text(line("CreateBucket"))
    begin = end_of(file)
    assert terraform_calls(file, ACCOUNT, begin, {}) == []
    file.write_text(line("CreateBucket") + line("DeleteBucket"))
    assert [call.operation for call in terraform_calls(file, ACCOUNT, begin, {})] == ["DeleteBucket"]


def test_lines_that_are_being_written_are_skipped(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    begun = line("PutObject", OTHER)
    file.write_text(begun + line("HeadBucket") + line("GetObject", OTHER)[:-20])
    assert [call.operation for call in terraform_calls(file, ACCOUNT, len(begun) // 2, {})] == ["HeadBucket"]


def test_calls_have_the_resource_that_made_them(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(line("HeadBucket") + line("HeadBucket", invocation="2") + line("HeadBucket", invocation="3"))
    found = terraform_calls(file, ACCOUNT, 0, {"1": "aws_s3_bucket", "2": "aws_s3_bucket"})
    assert [call.caller for call in found] == ["aws_s3_bucket", ""]


def test_names_and_the_only_resource_are_written_and_other_values_are_not(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    record = logging.LogRecord("aws", logging.INFO, "", 0, "", ("ec2", "CreateTags", 200), None)
    record.account_id, record.region = ACCOUNT, "eu-west-1"
    record.request_headers = {"user-agent": "APN/1.0 Terraform/1.9 terraform-provider-aws/5.100.0"}
    part = {"Tags": "secret", "Other": None}
    record.input = {"Resources": ["sg-1"], "Name": ["a", "b"], "Tags": [{"Key": "secret"}], "Part": part}
    server._CallFile(file, encoding="utf-8").emit(record)
    [found] = terraform_calls(file, ACCOUNT, 0, {})
    assert (found.identifiers, found.members) == (
        {"Resources": "sg-1"},
        {"Resources", "Name", "Tags", "Part", "Part.Tags"},
    )
    assert "secret" not in file.read_text()
