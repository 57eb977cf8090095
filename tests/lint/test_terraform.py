"""The Terraform code: format, lint, and the generated part of each module's README."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path
from typing import Any

import pytest
from tools import resource_types

from modproof import toolchain
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.project import Project
from modproof.hcl.reader import module_blocks
from modproof.run import permission_file

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.parent for path in ROOT.glob("modules/*/main.tf"))
ROOTS = sorted({path.parent for path in ROOT.glob("examples/**/*.tf") if ".terraform" not in path.parts})
FORMATTED = ("modules", "examples", "packages/localstack-sagemaker/tests/terraform")
REMEDY = "fix with: tox -e fix"


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("folder", [name for name in FORMATTED if (ROOT / name).is_dir()])
def test_format(lint: Any, terraform: Path, fix: bool, folder: str) -> None:
    check = [] if fix else ["-check", "-diff"]
    lint([terraform, "fmt", "-recursive", "-no-color", *check, folder], remedy=REMEDY)


@pytest.mark.parametrize("folder", [*MODULES, *ROOTS], ids=relative)
def test_tflint(lint: Any, folder: Path) -> None:
    tflint = toolchain.ensure("tflint")
    lint([tflint, f"--chdir={folder}", f"--config={ROOT / '.tflint.hcl'}", "--no-color"])


# data sources that make no AWS call: docs/adr/20261129-account-region-partition.md
WITHOUT_CALLS = {"aws_iam_policy_document", "aws_sagemaker_prebuilt_ecr_image"}


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_a_module_looks_nothing_up(module: Path) -> None:
    read = {block.labels[0] for block in module_blocks(module, "data")}
    assert read <= WITHOUT_CALLS


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_module_readme_is_up_to_date(tmp_path: Path, fix: bool, module: Path) -> None:
    written = module / "README.md"
    if not written.is_file():
        pytest.fail(f"{relative(module)} has no README.md", pytrace=False)
    generated = _with_generated_part(module, tmp_path)
    if fix:
        written.write_text(generated, encoding="utf-8")
    difference = difflib.unified_diff(
        written.read_text(encoding="utf-8").splitlines(),
        generated.splitlines(),
        relative(written),
        "generated from the module",
        lineterm="",
    )
    shown = "\n".join(difference)
    if shown:
        pytest.fail(f"{shown}\n{REMEDY}", pytrace=False)


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_module_readme_has_the_recorded_permissions(fix: bool, module: Path) -> None:
    project = Project(ROOT)
    path = module / "README.md"
    expected = permission_file.documented(project, permission_file.read(project)).get(path)
    if expected is None:
        pytest.fail(f"{relative(path)} has no part with permissions; see CONTRIBUTING.md", pytrace=False)
    if fix:
        path.write_text(expected, encoding="utf-8")
    if path.read_text(encoding="utf-8") != expected:
        pytest.fail(f"{relative(path)} differs from {relative(project.permissions)}\n{REMEDY}", pytrace=False)


def test_estimates_have_the_recorded_actions_of_resource_types(fix: bool) -> None:
    if fix:
        resource_types.TARGET.write_text(resource_types.render(), encoding="utf-8")
    written = resource_types.TARGET.read_text(encoding="utf-8")
    assert written == resource_types.render(), "python -m tools.resource_types"


def _with_generated_part(module: Path, folder: Path) -> str:
    """The module's README as terraform-docs would leave it."""
    # terraform-docs writes into the folder that it reads, so it gets a copy
    copy = folder / module.name
    shutil.copytree(module, copy, ignore=shutil.ignore_patterns(".terraform*"))
    config = ROOT / ".terraform-docs.yml"
    completed = process.run(
        [str(toolchain.ensure("terraform-docs")), f"--config={config}", str(copy)], env=base_environment()
    )
    if completed.returncode != 0:
        pytest.fail(completed.stderr, pytrace=False)
    return (copy / "README.md").read_text(encoding="utf-8")
