"""The package's pages say what is true."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from emulated.account import Account

from localstack_sagemaker.operations import NOBODY, OURS, answerers, page

PACKAGE = Path(__file__).parent.parent
README = (PACKAGE / "README.md").read_text(encoding="utf-8")


def test_the_table_of_operations_is_up_to_date() -> None:
    command = [sys.executable, "-m", "localstack_sagemaker.operations", "--check", str(PACKAGE / "OPERATIONS.md")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_table_has_every_operation_once() -> None:
    services = answerers()
    assert services["sagemaker"]["CreateModel"] == OURS
    assert services["sagemaker"]["CreateCluster"] == NOBODY
    rows = re.findall(r"^\| (\w+) \| (this plug-in|moto|nobody) \|$", page(), re.MULTILINE)
    assert len(rows) == sum(len(operations) for operations in services.values())


@pytest.mark.parametrize("number", range(len(re.findall(r"```json\n(.*?)```", README, re.DOTALL))))
def test_each_document_in_the_readme_is_taken(account: Account, number: int) -> None:
    """A JSON block stands under the line that says where it is sent."""
    found = re.findall(r"`(POST|PUT) /_localstack/sagemaker(/[a-z/]+)`[^\n]*\n+```json\n(.*?)```", README, re.DOTALL)
    assert len(found) == len(re.findall(r"```json\n", README))
    method, path, text = found[number]
    assert account.control(path, method, **json.loads(text)).status in (200, 201)
    account.control("/reset", "POST")


def test_the_readme_names_every_address() -> None:
    source = (PACKAGE / "src/localstack_sagemaker/control.py").read_text(encoding="utf-8")
    addresses = re.findall(r'^        \("(/[a-z/]+)', source, re.MULTILINE)
    assert len(addresses) >= 6
    assert [one for one in addresses if f"/_localstack/sagemaker{one.rstrip('/')}" not in README] == []
