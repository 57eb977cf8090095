from __future__ import annotations

import os
from pathlib import Path

import pytest

from modproof.core.errors import SafetyError
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.terraform.safety import check, refuse


def found(tmp_path: Path, text: str, name: str = "main.tf") -> list[str]:
    folder = tmp_path / "modules" / "x"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return [f"{problem.place}: {problem.message}" for problem in check([folder], Project(tmp_path))]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('profile = "production"', "its own profile: profile"),
        ("profile = var.profile", "its own profile: profile"),
        ('access_key = "AKIA"', "its own keys: access_key"),
        ('secret_key = "s"', "its own keys: secret_key"),
        ('token = "t"', "its own keys: token"),
        (
            'shared_credentials_files = ["~/.aws/credentials"]',
            "its own credentials file: shared_credentials_files",
        ),
        ('shared_config_files = ["x"]', "its own credentials file: shared_config_files"),
        ('http_proxy = "http://x"', "its own network settings: http_proxy"),
        ("use_fips_endpoint = true", "its own endpoints: use_fips_endpoint"),
        ('endpoints { s3 = "https://s3.amazonaws.com" }', "its own endpoints: endpoints"),
        ('assume_role { role_arn = "arn:aws:iam::1:role/x" }', "another account's role: assume_role"),
        ("assume_role_with_web_identity {\n}", "another account's role: assume_role_with_web_identity"),
        ('dynamic "assume_role" {\n for_each = [1]\n content {}\n}', "another account's role: assume_role"),
    ],
)
def test_a_provider_setting_that_bypasses_the_environment_is_found(tmp_path: Path, line: str, what: str) -> None:
    text = f'provider "aws" {{\n  region = "eu-west-1"\n  {line}\n}}\n'
    assert found(tmp_path, text) == [f'modules/x/main.tf:3: the provider "aws" has {what}']


def test_a_provider_that_uses_the_environment_is_safe(tmp_path: Path) -> None:
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
        ('backend "s3" {\n bucket = "b"\n}', 'the state is in a backend "s3"'),
        ('backend "http" {}', 'the state is in a backend "http"'),
        ('cloud {\n organization = "o"\n}', "the state is in HCP Terraform"),
        ('backend "local" { path = "/srv/x.tfstate" }', "the local backend writes outside its folder"),
        ('backend "local" { path = "../../x.tfstate" }', "the local backend writes outside its folder"),
    ],
)
def test_a_backend_with_state_elsewhere_is_found(tmp_path: Path, text: str, what: str) -> None:
    problems = found(tmp_path, f"terraform {{\n  {text}\n}}\n")
    assert len(problems) == 1
    assert problems[0].startswith(f"modules/x/main.tf:2: {what}")


def test_local_state_is_safe(tmp_path: Path) -> None:
    assert found(tmp_path, 'terraform {\n  backend "local" { path = "x.tfstate" }\n}\n') == []


def test_a_data_source_that_reads_remote_state_is_found(tmp_path: Path) -> None:
    text = 'data "terraform_remote_state" "net" {\n  backend = "s3"\n  config = { bucket = "b" }\n}\n'
    assert found(tmp_path, text) == ['modules/x/main.tf:1: data.terraform_remote_state.net reads state from "s3"']


def test_json_syntax_is_checked_too(tmp_path: Path) -> None:
    text = '{"provider": {"aws": {\n"endpoints": [{"s3": "https://x"}],\n"assume_role": {"role_arn": "x"}}}}'
    assert found(tmp_path, text, "main.tf.json") == [
        'modules/x/main.tf.json:2: the provider "aws" has its own endpoints: endpoints',
        'modules/x/main.tf.json:3: the provider "aws" has another account\'s role: assume_role',
    ]


def test_comments_and_strings_are_ignored(tmp_path: Path) -> None:
    assert found(tmp_path, '# provider "aws" { profile = "x" }\nlocals { a = "provider { profile = 1 }" }\n') == []


def test_an_unreadable_file_with_a_relevant_keyword_is_refused(tmp_path: Path) -> None:
    (text,) = found(tmp_path, 'provider "aws" {\n  profile = "x\n}\n')
    assert text.startswith("modules/x/main.tf:")
    assert "the file cannot be read, so its safety cannot be checked: " in text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('/* c */ provider "aws" { profile = "prod" }\nlocals { a = "\0" }\n', "main.tf"),
        ('terraform { backend "s3" {} }\nlocals { a = "\0" }\n', "main.tf"),
        ('terraform { cloud {} }\nlocals { a = "\0" }\n', "main.tf"),
        ('locals {} /* c */ module "m" { source = "./m" }\nlocals { a = "\0" }\n', "main.tf"),
        ('{"locals":{"a":"\0"},"provider":{"aws":{"profile":"prod"}}}', "main.tf.json"),
        ('{"locals":{"a":"\0"},"terraform":{"backend":{"s3":{}}}}', "main.tf.json"),
        ('{"locals":{"a":"\0"},"p\\u0072ovider":{"aws":{"profile":"prod"}}}', "main.tf.json"),
    ],
)
def test_a_keyword_anywhere_in_an_unreadable_file_is_refused(tmp_path: Path, text: str, name: str) -> None:
    (problem,) = found(tmp_path, text, name)
    assert "the file cannot be read, so its safety cannot be checked: " in problem


@pytest.mark.parametrize("text", ['resource "a" "b" {\n', 'terraform { required_providers { a = "\0" } }\n'])
def test_an_unreadable_file_without_a_keyword_is_left_to_terraform(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []


def test_a_file_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "main.tf")
    (problem,) = check([tmp_path], Project(tmp_path))
    assert problem.place == Place("main.tf", 1)


def test_refuse_reports_the_first_place_and_the_number_of_others(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('provider "aws" {\n  profile = "x"\n  token = "y"\n}\n')
    with pytest.raises(SafetyError, match="1 more of this kind") as error:
        refuse([tmp_path], Project(tmp_path))
    assert (error.value.path, error.value.line, error.value.exit_code) == ("main.tf", 2, 2)
