"""README.md and OPERATIONS.md match the code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from emulated.account import Account

from localstack_sagemaker.error_texts import SOURCES, texts
from localstack_sagemaker.operations import REFUSED, RULES, STORED, depths, page

PACKAGE = Path(__file__).parent.parent
_OF_NEWEST = pytest.mark.skipif(
    version("localstack-core") != "2026.3.0", reason="the page is that of LocalStack 2026.3.0's botocore"
)
README = (PACKAGE / "README.md").read_text(encoding="utf-8")


@_OF_NEWEST
@pytest.mark.optional
def test_operations_page_is_up_to_date() -> None:
    command = [sys.executable, "-m", "localstack_sagemaker.operations", "--check", str(PACKAGE / "OPERATIONS.md")]
    completed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert completed.returncode == 0, completed.stderr


def test_operations_page_lists_each_operation_once() -> None:
    services = depths()
    assert services["sagemaker"]["CreateModel"] == RULES
    assert services["sagemaker"]["ListDevices"] == STORED
    assert services["sagemaker"]["StartSession"] == REFUSED
    rows = re.findall(rf"^\| (\w+) \| ({RULES}|{STORED}|moto|{REFUSED}) \|$", page(), re.MULTILINE)
    assert len(rows) == sum(len(operations) for operations in services.values())


@pytest.mark.parametrize("number", range(len(re.findall(r"```json\n(.*?)```", README, re.DOTALL))))
def test_readme_documents_are_accepted(account: Account, number: int) -> None:
    """Each JSON block follows the line with its method and path."""
    found = re.findall(r"`(POST|PUT) /_localstack/sagemaker(/[a-z/]+)`[^\n]*\n+```json\n(.*?)```", README, re.DOTALL)
    assert len(found) == len(re.findall(r"```json\n", README))
    method, path, text = found[number]
    assert account.control(path, method, **json.loads(text)).status in (200, 201)
    account.control("/reset", "POST")


def test_readme_mentions_every_path() -> None:
    source = (PACKAGE / "src/localstack_sagemaker/control.py").read_text(encoding="utf-8")
    paths = re.findall(r'^        \("(/[a-z/]+)', source, re.MULTILINE)
    assert len(paths) >= 6
    assert [one for one in paths if f"/_localstack/sagemaker{one.rstrip('/')}" not in README] == []


@_OF_NEWEST
@pytest.mark.optional
def test_errors_page_is_up_to_date() -> None:
    command = [sys.executable, "-m", "localstack_sagemaker.error_texts", "--check", str(PACKAGE / "ERRORS.md")]
    completed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert completed.returncode == 0, completed.stderr


def test_errors_page_has_a_text_for_each_source() -> None:
    found = texts()
    assert [part for part in SOURCES if not any(part in one.words for one in found)] == []
    levels = {one.words: one.level for one in found}
    assert levels["Missing ARN."] == "recorded"
    assert levels["Each variant can be specified only once in DesiredWeightsAndCapacities."] == "ours"


def test_errors_page_has_the_code_that_a_file_adds_to_its_messages() -> None:
    codes = {one.words: one.code for one in texts()}
    assert codes["FeatureGroup {…} has no online store."] == "ValidationError"
    budget = "A budget needs a BudgetLimit, PlannedBudgetLimits or AutoAdjustData."
    assert codes[budget] == "InvalidParameterException"
