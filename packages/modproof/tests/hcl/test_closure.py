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


def test_closure_is_what_a_plan_can_depend_on(tmp_path: Path) -> None:
    root = project(tmp_path)
    assert [str(path.relative_to(root)) for path in closure(root / "modules/a")] == [
        "files/x.txt",
        "modules/a/locals.tf",
        "modules/a/main.tf",
        "modules/a/templates/t.sh.tftpl",
        "modules/b/NOTES.md",
        "modules/b/main.tf",
    ]


def test_a_computed_path_outside_the_module_takes_the_whole_folder(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "modules/c/main.tf").write_text('locals { z = file("${path.module}/../../files/${var.name}.txt") }')
    assert [path.name for path in closure(root / "modules/c")] == ["other.txt", "x.txt", "main.tf"]


def test_modules_that_call_each_other_end(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "modules/b/main.tf").write_text('module "a" {\n  source = "../a"\n}\n')
    assert [folder.name for folder in module_folders(root / "modules/a")] == ["a", "b"]


def test_the_module_at_a_root_does_not_take_the_repository_with_it(tmp_path: Path) -> None:
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
def test_a_source_without_a_fixed_version_may_change_by_itself(tmp_path: Path, call: str, floats: bool) -> None:
    root = project(tmp_path)
    (root / "modules/b/main.tf").write_text(f'module "x" {{\n  {call}\n}}\n')
    # the module a calls b
    assert (floating_sources(root / "modules/a") != []) is floats


def test_files_that_cannot_be_read_are_in_no_closure(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "modules/c/.#main.tf").symlink_to("somebody@elsewhere.4711")
    (root / "modules/c/gone.tf").symlink_to("nowhere")
    os.mkfifo(root / "modules/c/pipe.tf")
    assert closure(root / "modules/c") == [root / "modules/c/main.tf"]
    assert floating_sources(root / "modules/c") == []
