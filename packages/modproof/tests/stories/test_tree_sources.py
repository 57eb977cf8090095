"""The sources of the project's own repository that the units of a tree name."""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.stories.tree_sources import sources

from ..conftest import write

HTTPS = "https://example.com/org/modules.git"
SSH = "ssh://git@example.com/org/modules.git"


@pytest.mark.parametrize(
    ("source", "address", "refs"),
    [
        (f"git::{HTTPS}//modules/store?ref=v1.2.3", HTTPS, {"v1.2.3"}),
        (f"git::{HTTPS}//modules/store?depth=1&ref=store%2Fv1.2.3", HTTPS, {"store/v1.2.3"}),
        (f"git::{HTTPS}//modules/store?ref=1d6202e&depth=1", HTTPS, {"1d6202e"}),
        (f"git::{HTTPS}//modules/store", HTTPS, set()),
        (f"git::{SSH}//modules/store?ref=v1.2.3", SSH, {"v1.2.3"}),
        ("git::git@example.com:org/modules.git//modules/store?ref=v1.2.3", SSH, {"v1.2.3"}),
        ("git@example.com:org/modules.git//modules/store?ref=v1.2.3", SSH, {"v1.2.3"}),
        ("github.com/org/modules//modules/store?ref=v1.2.3", "https://github.com/org/modules.git", {"v1.2.3"}),
        (f"git::{HTTPS}//modules/store?ref=${{values.version}}", HTTPS, {"v2.0.0", "1.0.0-rc.1"}),
        (f"git::{HTTPS}//modules/store?ref=v${{local.version}}", HTTPS, {"vv2.0.0", "v1.0.0-rc.1"}),
        (f"git::{HTTPS}//modules/store?ref=a/${{local.version}}-b", HTTPS, {"a/v2.0.0-b", "a/1.0.0-rc.1-b"}),
    ],
)
def test_the_address_and_the_refs_that_git_fetches_are_found(
    tmp_path: Path, source: str, address: str, refs: set[str]
) -> None:
    stack = 'unit "a" {\n  values = { version = "v2.0.0", other = "1.0.0-rc.1", text = "2.0" }\n}\n'
    write(
        tmp_path,
        {
            "modules/store/main.tf": "locals {}\n",
            "live/unit/terragrunt.hcl": f'terraform {{\n  source = "{source}"\n}}\n',
            "live/terragrunt.stack.hcl": stack,
        },
    )
    [found] = sources(tmp_path / "live", tmp_path)
    assert (found.address, found.folder, found.refs) == (address, tmp_path / "modules/store", refs)
    assert f'"{source}'.startswith(found.prefix)


@pytest.mark.parametrize(
    "source",
    ["../modules//store", "tfr:///org/modules/aws//modules/store?version=1.0.0", f"git::{HTTPS}//modules/gone?ref=v1"],
)
def test_other_sources_are_not_the_projects(tmp_path: Path, source: str) -> None:
    unit = f'terraform {{\n  source = "{source}"\n}}\n'
    write(tmp_path, {"modules/store/main.tf": "locals {}\n", "live/unit/terragrunt.hcl": unit})
    assert list(sources(tmp_path / "live", tmp_path)) == []
