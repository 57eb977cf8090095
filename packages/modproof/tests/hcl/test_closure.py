from __future__ import annotations

import os
from pathlib import Path

import pytest

from modproof.hcl.closure import closure, floating_sources, module_folders


def project(tmp_path: Path) -> Path:
    for name, text in {
        "modules/a/main.tf": 'module "b" {\n  source = "../b"\n}\n',
        "modules/a/locals.tf": 'locals { x = file("${path.module}/../../files/x.txt") }\n',
        "modules/a/README.md": "prose",
        "modules/a/templates/t.sh.tftpl": "echo",
        "modules/a/examples/one/main.tf": "",
        "modules/a/.terraform/modules/x.tf": "",
        "modules/b/main.tf": 'locals { y = templatefile("${path.module}/NOTES.md", {}) }',
        "modules/b/NOTES.md": "used",
        "modules/c/main.tf": "",
        "files/x.txt": "x",
        "files/other.txt": "x",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path.resolve()


def test_closure_has_the_files_that_a_plan_can_depend_on(tmp_path: Path) -> None:
    root = project(tmp_path)
    assert [str(path.relative_to(root)) for path in closure(root / "modules/a")] == [
        "files/x.txt",
        "modules/a/locals.tf",
        "modules/a/main.tf",
        "modules/a/templates/t.sh.tftpl",
        "modules/b/NOTES.md",
        "modules/b/main.tf",
    ]


def test_closure_has_the_whole_folder_of_a_computed_path_outside_the_module(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "modules/c/main.tf").write_text('locals { z = file("${path.module}/../../files/${var.name}.txt") }')
    assert [path.name for path in closure(root / "modules/c")] == ["other.txt", "x.txt", "main.tf"]


def test_module_folders_ends_for_modules_that_call_each_other(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "modules/b/main.tf").write_text('module "a" {\n  source = "../a"\n}\n')
    assert [folder.name for folder in module_folders(root / "modules/a")] == ["a", "b"]


def test_closure_of_a_module_at_the_root_is_not_the_whole_repository(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "main.tf").write_text('module "b" {\n  source = "./modules/b"\n}\n')
    (root / "env/lib").mkdir(parents=True)
    (root / "env/pyvenv.cfg").touch()
    (root / "env/lib/large.py").touch()
    assert [str(path.relative_to(root)) for path in closure(root)] == [
        "files/other.txt",
        "files/x.txt",
        "main.tf",
        "modules/b/NOTES.md",
        "modules/b/main.tf",
    ]


@pytest.mark.parametrize(
    ("call", "floats"),
    [
        ('source = "../b"', False),
        ('source = "git::https://example.com/x.git//modules/y?ref=v1.2.0"', False),
        ('source = "git::ssh://git@example.com/x.git?depth=1&ref=0123456789abcdef0123456789abcdef01234567"', False),
        ('source = "git::https://example.com/x.git?ref=main"', True),
        ('source = "github.com/a/b"', True),
        ('source = "terraform-aws-modules/vpc/aws"\n  version = "5.8.1"', False),
        ('source = "terraform-aws-modules/vpc/aws"\n  version = "~> 5.8"', True),
        ('source = "terraform-aws-modules/vpc/aws"', True),
    ],
)
def test_a_source_floats_unless_its_version_is_fixed(tmp_path: Path, call: str, floats: bool) -> None:
    root = project(tmp_path)
    (root / "modules/b/main.tf").write_text(f'module "x" {{\n  {call}\n}}\n')
    # the module a calls b
    assert (floating_sources(root / "modules/a") != []) is floats


def test_closure_leaves_out_files_that_cannot_be_read(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "modules/c/.#main.tf").symlink_to("user@host.4711")
    (root / "modules/c/gone.tf").symlink_to("nowhere")
    os.mkfifo(root / "modules/c/pipe.tf")
    assert closure(root / "modules/c") == [root / "modules/c/main.tf"]
    assert floating_sources(root / "modules/c") == []


def names(folder: Path, root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in closure(folder)]


@pytest.mark.parametrize(
    "text",
    [
        '# module "b" {\n#   source = "../b"\n# }\n',
        '/*\nmodule "b" {\n  source = "../b"\n}\n*/\n',
        'locals {\n  x = <<-EOT\n    module "b" {\n      source = "../b"\n    }\n  EOT\n}\n',
        'locals {\n  # x = file("${path.module}/../../files/x.txt")\n}\n',
        'locals {\n  x = { source = "../b" }\n}\n',
    ],
)
def test_closure_ignores_comments_and_strings_that_look_like_calls(tmp_path: Path, text: str) -> None:
    root = project(tmp_path)
    (root / "modules/c/main.tf").write_text(text)
    assert names(root / "modules/c", root) == ["modules/c/main.tf"]


@pytest.mark.parametrize(
    "text",
    [
        'locals {\n  x = <<-EOT\n    ${file("${path.module}/../../files/x.txt")}\n  EOT\n}\n',
        'locals {\n  x = jsondecode(templatefile("${path.module}/../../files/x.txt", { a = [for b in [1] : b] }))\n}\n',
        'a "b" {\n  dynamic "c" {\n    content {\n      d = "${path.module}/../../files/x.txt"\n    }\n  }\n}\n',
        'locals {\n  x = "${ path.module }/../../files/${"x"}.txt"\n}\n',
    ],
)  # fmt: skip
def test_closure_has_the_files_that_nested_expressions_read(tmp_path: Path, text: str) -> None:
    root = project(tmp_path)
    (root / "modules/c/main.tf").write_text(text)
    assert "files/x.txt" in names(root / "modules/c", root)


def test_closure_follows_calls_and_paths_in_json_files(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "modules/c/main.tf.json").write_text(
        '{"module": {"b": {"source": "../b"}}, "locals": {"x": "${file(\\"${path.module}/../../files/x.txt\\")}"}}'
    )
    assert names(root / "modules/c", root) == [
        "files/x.txt",
        "modules/b/NOTES.md",
        "modules/b/main.tf",
        "modules/c/main.tf",
        "modules/c/main.tf.json",
    ]
