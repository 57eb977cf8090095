"""The same failure in several roots is one finding."""

from __future__ import annotations

from textwrap import dedent

from modproof.compliance.findings import merge_findings
from modproof.compliance.roots import Root, find_roots
from modproof.compliance.rules import Rule, RuleBook
from modproof.compliance.scanners import RawFinding
from modproof.hcl.block_index import BlockIndex

from .conftest import Site

BOOK = RuleBook([Rule("R1", ("Rule one",), "HIGH", guideline="https://example.com/r1")])

INNER = 'resource "aws_s3_bucket" "this" {\n  bucket = "b"\n}\n'
MIDDLE = 'module "inner" {\n  source = "../inner"\n}\n'
OUTER = '# the top\nmodule "middle" {\n  source = "../../modules/middle"\n}\n'


def chain(site: Site) -> tuple[dict[str, Root], BlockIndex]:
    site.write("modules/inner/main.tf", INNER)
    site.write("modules/middle/main.tf", MIDDLE)
    site.write("examples/outer/main.tf", OUTER)
    blocks = BlockIndex(site.root)
    return {root.folder: root for root in find_roots(site.project)}, blocks


def merged(site: Site, *seen: tuple[str, str]) -> list[tuple[str, str]]:
    roots, blocks = chain(site)
    raw = {
        folder: [RawFinding("R1", "modules/inner/main.tf", 2, address) for where, address in seen if where == folder]
        for folder in roots
    }
    found = merge_findings("checkov", BOOK, [(roots[folder], raws) for folder, raws in raw.items()], blocks)
    return [(one.finding.address, str(one.finding.place)) for one in found]


IN_INNER = ("modules/inner", 'aws_s3_bucket.this["a"]')
IN_MIDDLE = ("modules/middle", 'module.inner.aws_s3_bucket.this["b"]')
IN_OUTER = ("examples/outer", 'module.middle.module.inner.aws_s3_bucket.this["c"]')


def test_a_failure_in_the_modules_own_root_is_one_finding_there(site: Site) -> None:
    assert merged(site, IN_INNER, IN_MIDDLE, IN_OUTER) == [('aws_s3_bucket.this["a"]', "modules/inner/main.tf:2")]


def test_a_failure_through_a_calling_module_is_placed_at_the_call(site: Site) -> None:
    assert merged(site, IN_MIDDLE, IN_OUTER) == [('module.inner.aws_s3_bucket.this["b"]', "modules/middle/main.tf:1")]


def test_a_failure_only_through_the_outermost_caller_is_placed_at_its_call(site: Site) -> None:
    assert merged(site, IN_OUTER) == [
        ('module.middle.module.inner.aws_s3_bucket.this["c"]', "examples/outer/main.tf:2")
    ]


def test_an_address_with_only_the_outermost_module_is_completed(site: Site) -> None:
    assert merged(site, ("examples/outer", "module.middle")) == [
        ("module.middle.module.inner.aws_s3_bucket.this", "examples/outer/main.tf:2")
    ]


def test_a_data_source_has_a_data_address(site: Site) -> None:
    site.write("modules/policy/main.tf", 'data "aws_iam_policy_document" "this" {\n  version = "1"\n}\n')
    roots, blocks = chain(site)
    raw = RawFinding("R1", "modules/policy/main.tf", 1, "aws_iam_policy_document.this")

    (found,) = merge_findings("checkov", BOOK, [(roots["modules/policy"], [raw])], blocks)

    assert found.finding.address == "data.aws_iam_policy_document.this"
    assert (found.finding.title, found.finding.severity, found.finding.guideline) == (
        "Rule one",
        "HIGH",
        "https://example.com/r1",
    )


def test_a_source_in_a_comment_or_text_calls_nothing(site: Site) -> None:
    text = """\
    # module "a" {
    #   source = "../inner"
    # }
    /* module "b" {
      source = "../inner"
    } */
    module "c" {
      # source = "../inner"
      source = "terraform-aws-modules/vpc/aws"
    }
    locals {
      text = <<EOT
    module "d" {
      source = "../inner"
    }
    EOT
    }
    """
    site.write("modules/commented/main.tf", dedent(text))
    roots, _ = chain(site)

    assert roots["modules/commented"].calls == ()
    assert [path.parent.name for path in roots["modules/commented"].files] == ["commented"]


def test_a_key_with_brackets_and_quotes_is_one_index(site: Site) -> None:
    key = '["a]\\".b"]'
    address = f"module.middle{key}.module.inner.aws_s3_bucket.this{key}"

    assert merged(site, ("examples/outer", address)) == [(address, "examples/outer/main.tf:2")]


def test_each_folder_with_terraform_files_is_a_root_except_hidden_folders(site: Site) -> None:
    site.write("modules/notebook/.terraform/modules/x/main.tf", INNER)
    roots, _ = chain(site)

    assert sorted(roots) == [
        "examples/outer",
        "examples/stack",
        "modules/inner",
        "modules/middle",
        "modules/notebook",
    ]
    assert [call.folder for call in roots["examples/outer"].calls] == ["modules/middle"]
    assert len(roots["examples/outer"].files) == 3
