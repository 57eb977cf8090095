"""Which ``source`` refers to a module of the checkout."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modproof.cases.sources.checkout import Checkout

OTHER_REPOSITORIES = [
    "terraform-aws-modules/s3-bucket/aws",
    "git::https://github.com/acme/other.git",
    "github.com/acme/other//modules/subnet",
    "./modules/absent",
]


def checkout(folder: Path, origin: str = "") -> Checkout:
    (folder / "modules/subnet").mkdir(parents=True)
    if origin:
        for words in (["init", "-q"], ["config", "remote.origin.url", origin]):
            subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    return Checkout.of(folder)


@pytest.mark.parametrize(
    "origin",
    [
        "https://github.com/acme/terraform-aws-vpc.git",
        "git@github.com:acme/terraform-aws-vpc.git",
        "ssh://git@github.com:22/acme/terraform-aws-vpc",
        "https://user:token@GitHub.com/Acme/terraform-aws-vpc/",
    ],
)
@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("../..", "."),
        ("../../modules/subnet", "modules/subnet"),
        ("terraform-aws-modules/vpc/aws", "."),
        ("app.terraform.io/acme/vpc/aws", "."),
        ("acme/vpc/aws//modules/subnet", "modules/subnet"),
        ("github.com/acme/terraform-aws-vpc", "."),
        ("git::https://github.com/acme/terraform-aws-vpc.git//modules/subnet?ref=v1.0.0", "modules/subnet"),
        ("git@github.com:acme/terraform-aws-vpc.git", "."),
        ("git::ssh://git@github.com/acme/terraform-aws-vpc.git?ref=v2", "."),
    ],
)
def test_own_sources_lead_to_their_folder(tmp_path: Path, origin: str, source: str, folder: str) -> None:
    found = checkout(tmp_path / "clone", origin)
    example = found.top / "examples/one"
    example.mkdir(parents=True)
    assert found.folder_of(source, example) == (found.top / folder).resolve()


@pytest.mark.parametrize("source", OTHER_REPOSITORIES)
def test_sources_of_other_repositories_are_not_own(tmp_path: Path, source: str) -> None:
    found = checkout(tmp_path / "clone", "https://github.com/acme/terraform-aws-vpc.git")
    assert found.folder_of(source, found.top) is None


def test_without_an_origin_the_folder_is_the_name_of_the_repository(tmp_path: Path) -> None:
    found = checkout(tmp_path / "terraform-aws-vpc")
    assert found.folder_of("terraform-aws-modules/vpc/aws", found.top) == found.top
    assert found.folder_of("github.com/acme/terraform-aws-vpc", found.top) is None
