"""The log of the AWS provider, as its own process and as Terraform write it."""

from __future__ import annotations

import json
from pathlib import Path

from modproof.terraform.provider_log import ProviderLog

SENT, RECEIVED = "HTTP Request Sent", "HTTP Response Received"
ID = "http.request.header.amz_sdk_invocation_id"
ENTRIES = [
    {"@message": SENT, ID: "1-a", "tf_resource_type": "aws_s3_bucket"},
    {"@message": RECEIVED, ID: "2", "tf_resource_type": "aws_iam_role"},
    {"@message": SENT, ID: "3", "tf_rpc": "ConfigureProvider"},
]
PLAIN_LINES = """2026-11-29T12:02:25.904Z [DEBUG] provider.terraform-provider-aws_v5.100.0_x5: HTTP Request Sent:
  http.request.body=
  | Action=GetRole
   http.request.header.amz_sdk_invocation_id=4 tf_data_source_type=aws_iam_role
2026-11-29T12:02:26.904Z [DEBUG] provider.terraform-provider-aws_v5.100.0_x5: setting endpoint: tf_resource_type=aws_vpc
"""


def lines(*entries: dict[str, str]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def test_requests_are_read_with_their_callers_from_both_forms(tmp_path: Path) -> None:
    own, terraforms, missing = tmp_path / "own", tmp_path / "terraforms", tmp_path / "missing"
    own.write_text("provider started\n" + lines(*ENTRIES))
    terraforms.write_text(PLAIN_LINES)
    log = ProviderLog()
    for file in (own, terraforms, missing):
        log.add(file)
    assert log.new_callers() == {"1-a": "aws_s3_bucket", "4": "data.aws_iam_role"}


def test_only_complete_new_entries_are_read(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text(lines(*ENTRIES)[:-20])
    log = ProviderLog()
    log.add(file)
    assert log.new_callers() == {"1-a": "aws_s3_bucket"}
    file.write_text(lines(*ENTRIES[:2], ENTRIES[2] | {"tf_resource_type": "aws_iam_role"}))
    assert log.new_callers() == {"3": "aws_iam_role"}
