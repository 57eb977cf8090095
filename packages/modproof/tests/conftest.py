"""A project to prove: two modules of Terraform's built-in resources, so that a plan takes a second."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modproof.core.project import Project
from modproof.emulator import Emulator, running

MakeProject = Callable[[dict[str, str]], Path]

# a shell lets what it starts in the background ignore Ctrl-C, and so would every program that a test stops so
signal.signal(signal.SIGINT, signal.default_int_handler)

GREETING = """
variable "name" {
  type = string
  validation {
    condition     = length(var.name) >= 3
    error_message = "name must be at least 3 characters."
  }
}
variable "names" {
  type     = list(string)
  default  = []
  nullable = false
}
resource "terraform_data" "this" {
  input = "hello ${var.name}"
  lifecycle {
    precondition {
      condition     = var.name != "nobody"
      error_message = "nobody cannot be greeted."
    }
  }
}
resource "terraform_data" "each" {
  for_each = toset(var.names)
  input    = each.value
}
output "text" {
  value = "hello ${var.name}"
}
output "id" {
  value = terraform_data.this.id
}
variable "secret" {
  type    = string
  default = null
}
output "secret" {
  value     = var.secret
  sensitive = true
}
"""

GREETING_CASES = """
cases:
  minimal:
    variables: {name: world}
    expect:
      resources: {terraform_data: 1}
      outputs: {text: hello world, id: <unknown>}
  rejects_short_name:
    variables: {name: ab}
    rejects: name must be at least 3 characters
"""

OTHER = """
module "greeting" {
  source = "../greeting"
  name   = "inner"
}
output "text" {
  value = module.greeting.text
}
"""


@pytest.fixture(scope="session")
def localstack() -> Iterator[Emulator]:
    """The LocalStack of all tests that only use one; each test takes an account of its own on it."""
    with running(Project(Path(__file__).parents[3])) as started:
        yield started


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Write a project of the two modules; the mapping adds files, or replaces them."""

    def make(files: dict[str, str]) -> Path:
        root = tmp_path / "project"
        standard = {
            "pyproject.toml": "[tool.modproof]\n",
            "modules/greeting/main.tf": GREETING,
            "modules/other/main.tf": OTHER,
            "tests/unit/greeting/cases.yaml": GREETING_CASES,
            "tests/unit/other/cases.yaml": "cases:\n  nested:\n    expect: {outputs: {text: hello inner}}\n",
        }
        for name, text in {**standard, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return root

    return make


def run_pytest(root: Path, *arguments: str, no_cache: bool = True) -> subprocess.CompletedProcess[str]:
    """pytest in a project, in a process of its own, without plug-ins that take long to load and that no test needs."""
    options = ["-p", "no:cacheprovider", "--modproof-no-cache"] if no_cache else []
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", *options, *arguments],
        cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def alive(pid: int) -> bool:
    """Whether a program still runs. One that has ended but that nobody has asked about is listed, yet runs no more."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def eventually(condition: Callable[[], bool], seconds: float = 8.0) -> bool:
    """Whether the condition holds within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
