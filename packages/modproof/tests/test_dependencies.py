from __future__ import annotations

from pathlib import Path

from modproof.dependencies import closure, module_folders


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
