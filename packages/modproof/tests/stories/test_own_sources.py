"""Modules that an example calls by the address of its own repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.cases.sources.checkout import Checkout
from modproof.stories.own_sources import ExampleFiles, example_files

ADDRESS = "github.com/team/terraform-aws-store"
SSH = "git@github.com:team/terraform-aws-store"
GIT = f"git::https://{ADDRESS}.git//modules/outer?ref=v2.0.0"


def files(root: Path, source: str) -> ExampleFiles:
    written = {
        "examples/demo/main.tf": f'module "a" {{\n  version = "~> 1.0"\n  source  = "{source}"\n  name    = "x"\n}}\n',
        "examples/demo/more.tf.json": f'{{"module": {{"b": {{\n  "source": "{source}"}}}}}}',
        "modules/outer/main.tf": f'module "inner" {{\n  source = "{SSH}//modules/inner"\n}}\n',
        "modules/inner/main.tf": "locals {}\n",
        "modules/other/main.tf": "locals {}\n",
    }
    for name, text in written.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return example_files(root / "examples/demo", Checkout(root, ADDRESS))


@pytest.mark.parametrize("source", [GIT, f"{ADDRESS}//modules/outer?ref=main", "team/store/aws//modules/outer"])
def test_they_become_relative_paths_on_the_same_lines(tmp_path: Path, source: str) -> None:
    root = tmp_path.resolve()
    found = files(root, source)
    texts = {path.relative_to(root).as_posix(): text for path, text in found.rewritten.items()}
    assert texts["examples/demo/main.tf"].splitlines()[1:4] == [
        "  ", '  source  = "../../modules/outer"', '  name    = "x"',
    ]  # fmt: skip
    assert texts["examples/demo/more.tf.json"].splitlines()[1] == '  "source": "../../modules/outer"}}}'
    assert texts["modules/outer/main.tf"].splitlines()[1] == '  source = "../inner"'
    assert [folder.name for folder in found.folders] == ["demo", "inner", "outer"]


@pytest.mark.parametrize(
    "source",
    [
        "git::https://github.com/team/other.git//modules/outer",
        "team/network/aws",
        f"git::https://{ADDRESS}//modules/gone",
    ],
)
def test_other_modules_are_left_to_terraform(tmp_path: Path, source: str) -> None:
    found = files(tmp_path.resolve(), source)
    assert (dict(found.rewritten), [folder.name for folder in found.folders]) == ({}, ["demo"])
