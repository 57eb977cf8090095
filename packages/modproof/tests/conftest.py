"""A project of two modules with Terraform's built-in resources, so that a plan takes a second."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.cases import Case, load_all
from modproof.core.cache import Cache
from modproof.core.project import Project
from modproof.core.results import CaseResult
from modproof.emulator import Emulator, running
from modproof.plan import Planner

MakeProject = Callable[[dict[str, str]], Path]
Repository = Callable[[dict[str, str], dict[str, str]], Path]
_IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "tag.gpgSign=false")

# background jobs of a shell ignore Ctrl-C, and the programs that tests start would inherit that
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
    """A LocalStack shared by the tests; each test uses a separate account on it."""
    with running(Project(Path(__file__).parents[3])) as started:
        yield started


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Write a project with the two modules; the mapping adds or replaces files."""

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


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Commit the first files, tag them v1.2.0 with an annotated tag, and commit the changes of the second."""

    def make(released: dict[str, str], changed: dict[str, str]) -> Path:
        root = tmp_path / "project"
        write(root, {"pyproject.toml": "[tool.modproof]\n", **released})
        git(root, "init", "--quiet", "--initial-branch=main")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message=release")
        git(root, "tag", "--annotate", "--message=release", "v1.2.0")
        write(root, changed)
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--allow-empty", "--message=change")
        return root

    return make


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *_IDENTITY, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write(root: Path, files: dict[str, str]) -> None:
    """Write files; an empty text deletes one."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        else:
            path.unlink()


def load(root: Path) -> tuple[Project, list[Case]]:
    """The project in ``root`` with the default settings, and its cases."""
    project = Project(root)
    return project, list(load_all(project).cases)


def make_planner(project: Project, cache: Path | None = None) -> Planner:
    """A planner with the installed Terraform, without a cache unless ``cache`` is its folder."""
    terraform = toolchain.find("terraform")
    assert terraform is not None
    return Planner(project, binary=terraform.path, version=terraform.version, cache=Cache(cache) if cache else None)


def texts(result: CaseResult) -> list[str]:
    return [str(problem) for problem in result.problems]


def greeting_cases(lines: str) -> dict[str, str]:
    """A file with other cases of the module ``greeting``."""
    return {"tests/unit/greeting/cases.yaml": f"cases:\n{lines}"}


def run_pytest(root: Path, *arguments: str, no_cache: bool = True) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project, in a separate process, without plug-ins that load slowly and that no test needs."""
    options = ["-p", "no:cacheprovider", "--modproof-no-cache"] if no_cache else []
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", *options, *arguments],
        cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def alive(pid: int) -> bool:
    """Whether a program still runs. A zombie is listed but does not run."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def eventually(condition: Callable[[], bool], seconds: float = 8.0) -> bool:
    """Whether the condition holds within ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
