from __future__ import annotations

from pathlib import Path

import pytest

from modproof.core.errors import SafetyError
from modproof.core.project import Project
from modproof.terraform.safety import check, refuse


def found(tmp_path: Path, text: str, name: str = "main.tf") -> list[str]:
    folder = tmp_path / "modules" / "x"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return [f"{problem.place}: {problem.message}" for problem in check([folder], Project(tmp_path))]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('profile = "production"', "a profile of its own: profile"),
        ("profile = var.profile", "a profile of its own: profile"),
        ('access_key = "AKIA"', "keys of its own: access_key"),
        ('secret_key = "s"', "keys of its own: secret_key"),
        ('token = "t"', "keys of its own: token"),
        (
            'shared_credentials_files = ["~/.aws/credentials"]',
            "a credentials file of its own: shared_credentials_files",
        ),
        ('shared_config_files = ["x"]', "a credentials file of its own: shared_config_files"),
        ('http_proxy = "http://x"', "a network set-up of its own: http_proxy"),
        ("use_fips_endpoint = true", "endpoints of its own: use_fips_endpoint"),
        ('endpoints { s3 = "https://s3.amazonaws.com" }', "endpoints of its own: endpoints"),
        ('assume_role { role_arn = "arn:aws:iam::1:role/x" }', "another account's role: assume_role"),
        ("assume_role_with_web_identity {\n}", "another account's role: assume_role_with_web_identity"),
        ('dynamic "assume_role" {\n for_each = [1]\n content {}\n}', "another account's role: assume_role"),
    ],
)
def test_a_provider_that_goes_elsewhere_is_found(tmp_path: Path, line: str, what: str) -> None:
    text = f'provider "aws" {{\n  region = "eu-west-1"\n  {line}\n}}\n'
    assert found(tmp_path, text) == [f'modules/x/main.tf:3: the provider "aws" has {what}']


def test_a_provider_that_leaves_it_to_the_environment_is_fine(tmp_path: Path) -> None:
    text = """
    provider "aws" {
      region              = var.region
      allowed_account_ids = ["000000000000"]
      profile             = null
      default_tags { tags = { profile = "x", endpoints = "y" } }
    }
    resource "aws_iam_user" "this" { name = "profile" }
    """
    assert found(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('backend "s3" {\n bucket = "b"\n}', 'terraform keeps its state in a backend "s3"'),
        ('backend "http" {}', 'terraform keeps its state in a backend "http"'),
        ('cloud {\n organization = "o"\n}', "terraform keeps its state in HCP Terraform"),
        ('backend "local" { path = "/srv/x.tfstate" }', "the local backend writes outside its folder"),
        ('backend "local" { path = "../../x.tfstate" }', "the local backend writes outside its folder"),
    ],
)
def test_a_backend_that_reaches_out_is_found(tmp_path: Path, text: str, what: str) -> None:
    problems = found(tmp_path, f"terraform {{\n  {text}\n}}\n")
    assert len(problems) == 1
    assert problems[0].startswith(f"modules/x/main.tf:2: {what}")


def test_local_state_is_fine(tmp_path: Path) -> None:
    assert found(tmp_path, 'terraform {\n  backend "local" { path = "x.tfstate" }\n}\n') == []


def test_state_of_others_is_found(tmp_path: Path) -> None:
    text = 'data "terraform_remote_state" "net" {\n  backend = "s3"\n  config = { bucket = "b" }\n}\n'
    assert found(tmp_path, text) == ['modules/x/main.tf:1: data.terraform_remote_state.net reads state from "s3"']


def test_json_syntax_does_not_hide_anything(tmp_path: Path) -> None:
    text = '{"provider": {"aws": {\n"endpoints": [{"s3": "https://x"}],\n"assume_role": {"role_arn": "x"}}}}'
    assert found(tmp_path, text, "main.tf.json") == [
        'modules/x/main.tf.json:2: the provider "aws" has endpoints of its own: endpoints',
        'modules/x/main.tf.json:3: the provider "aws" has another account\'s role: assume_role',
    ]


def test_text_in_comments_and_strings_is_not_a_provider(tmp_path: Path) -> None:
    assert found(tmp_path, '# provider "aws" { profile = "x" }\nlocals { a = "provider { profile = 1 }" }\n') == []


def test_a_file_that_cannot_be_read_is_refused_when_it_matters(tmp_path: Path) -> None:
    assert found(tmp_path, 'provider "aws" {\n  profile = "x\n}\n') == [
        "modules/x/main.tf:2: cannot be read, so nobody can say that it is safe to run: a string is not closed"
    ]
    assert found(tmp_path, 'resource "a" "b" {\n') == []  # Terraform says so, and better


def test_refuse_names_the_first_place_and_counts_the_rest(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('provider "aws" {\n  profile = "x"\n  token = "y"\n}\n')
    with pytest.raises(SafetyError, match="1 more of this kind") as error:
        refuse([tmp_path], Project(tmp_path))
    assert (error.value.path, error.value.line, error.value.exit_code) == ("main.tf", 2, 2)
