"""Compare scans of code with checkov's and tfsec's command lines, one after the other on the same folders.

The folders are those of this project, and generated modules with 10,000 lines. The findings of both must be equal by
rule, folder and address. Plans of cases are not scanned: the command lines have none.

The command lines run without settings: checkov reads ``.checkov.yaml`` in the scanned folder, in the working folder and
at home, and so would skip the rules of this project's ledger.
"""

from __future__ import annotations

import argparse
import json
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from modproof import toolchain
from modproof.compliance import checks, scan_cache
from modproof.compliance.roots import Root, find_roots
from modproof.compliance.scanners import Checkov, Scanner, Tfsec
from modproof.compliance.scanners.evaluation import belongs_to_root
from modproof.compliance.stage import Stage
from modproof.core import process
from modproof.core.cache import Cache
from modproof.core.environment import base_environment
from modproof.core.parallel import side_by_side
from modproof.core.project import Project

LINES = 10_000
_MODULES = 10
_TIMEOUT_SECONDS = 3600.0
_BLOCK = """\
resource "aws_s3_bucket" "bucket_{number}" {{
  bucket = "demo-${{var.name}}-{number}"
}}

resource "aws_sqs_queue" "queue_{number}" {{
  name                    = "demo-${{var.name}}-{number}"
  sqs_managed_sse_enabled = {encrypted}
}}

data "aws_iam_policy_document" "document_{number}" {{
  statement {{
    actions   = ["s3:GetObject"]
    resources = ["${{aws_s3_bucket.bucket_{number}.arn}}/*"]
  }}
}}

resource "aws_iam_policy" "policy_{number}" {{
  name   = "demo-${{var.name}}-{number}"
  policy = data.aws_iam_policy_document.document_{number}.json
}}

"""
_VARIABLE = 'variable "name" {\n  type    = string\n  default = "demo"\n}\n\n'
Found = set[tuple[str, str, str, str]]
"""Scanner, folder, rule and address."""
RunProgram = Callable[[Sequence[str], Path], Any]
"""Runs a program in a folder, which is its home too. Returns the JSON that it prints."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds, the number of folders, and the findings that only one side has."""

    what: str
    folders: int
    lines: int
    command_lines: float
    cold: float
    warm: float
    findings: int
    only_command_lines: tuple[tuple[str, str, str, str], ...]
    only_modproof: tuple[tuple[str, str, str, str], ...]

    @property
    def share(self) -> float:
        """The cold time as a share of that of the command lines."""
        return self.cold / self.command_lines


def generate(folder: Path, lines: int) -> Project:
    """A project with ``lines`` lines of Terraform, in ten modules."""
    (folder / "pyproject.toml").write_text("[tool.modproof]\n", encoding="utf-8")
    for module in range(_MODULES):
        text, number = _VARIABLE, 0
        while text.count("\n") < lines // _MODULES:
            text += _BLOCK.format(number=number, encrypted=str(number % 2 == 0).lower())
            number += 1
        path = folder / f"modules/m{module}/main.tf"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return Project.find(folder)


def command_lines(project: Project, roots: Sequence[Root], run: RunProgram | None = None) -> tuple[float, Found]:
    """The seconds of both command lines, one ``run`` of each for each folder, and their findings."""
    run = run or _output
    found: Found = set()
    with process.temporary_folder("bench") as folder:
        stage = Stage(folder, project, roots)
        begun = time.perf_counter()
        for index, root in enumerate(roots):
            found |= {("checkov", root.folder, *each) for each in _checkov(stage, index, run)}
            found |= {("tfsec", root.folder, *each) for each in _tfsec(stage, index, run)}
        return time.perf_counter() - begun, found


def _output(argv: Sequence[str], home: Path | None = None) -> Any:
    """The JSON that a program prints, with the working folder and the home ``home``."""
    env = {**base_environment(), "HOME": str(home)} if home else base_environment()
    completed = process.run(argv, cwd=home, env=env, timeout_seconds=_TIMEOUT_SECONDS)
    try:
        return json.loads(completed.stdout)
    except ValueError:
        raise SystemExit(f"{argv[0]} exited with {completed.returncode}: {completed.stderr[-500:]}") from None


def _checkov(stage: Stage, index: int, run: RunProgram) -> Iterator[tuple[str, str]]:
    program = str(Path(sysconfig.get_path("scripts")) / "checkov")
    argv = [program, "--directory", str(stage.root_folder(index)), "--framework", "terraform", "--quiet", "--compact"]
    argv += ["--skip-download", "--download-external-modules", "false", "--output", "json"]
    if stage.settings.sagemaker_rules:
        argv += ["--external-checks-dir", str(checks.__path__[0])]
    report = run(argv, stage.folder)
    results = report.get("results", {}) if isinstance(report, dict) else {}
    for check in results.get("failed_checks", ()):
        yield check["check_id"], check["resource"]


def _tfsec(stage: Stage, index: int, run: RunProgram) -> Iterator[tuple[str, str]]:
    program = str(toolchain.ensure("tfsec"))
    argv = [program, str(stage.root_folder(index)), "--no-module-downloads", "--no-ignores", "--no-colour"]
    for result in run([*argv, "--format", "json", "--soft-fail"], stage.folder)["results"] or ():
        located = stage.locate(str(result["location"]["filename"]), int(result["location"]["start_line"]))
        if located is not None and belongs_to_root(stage, located, str(result["resource"])):
            yield result["long_id"], result["resource"]


def scan(project: Project, cache: Path) -> Found:
    """The findings of modproof's scanners, with a cache in a folder."""
    scan_cache._cache = lambda: Cache(cache)
    roots = find_roots(project)
    scanners: tuple[Scanner, ...] = (Checkov(), Tfsec())

    def found_by(scanner: Scanner) -> Found:
        scan_cache.rules_of(scanner)
        scans = scan_cache.scans_of(scanner, project, roots)
        return {
            (scanner.name, root.folder, finding.rule, finding.resource)
            for root, one in zip(roots, scans, strict=True)
            for finding in one.findings
        }

    parts = side_by_side([partial(found_by, scanner) for scanner in scanners])
    found: Found = set()
    for part in parts:
        if isinstance(part, Exception):
            raise part
        found |= part
    return found


def _own_process(project: Project, cache: Path) -> tuple[float, Found]:
    """The wall time of a scan in a separate process, with the start of Python and the import of checkov."""
    argv = [sys.executable, "-m", "bench.compliance", "--scan", str(project.root), "--cache", str(cache)]
    begun = time.perf_counter()
    found = _output(argv)
    return time.perf_counter() - begun, {tuple(each) for each in found}


def measure(what: str, project: Project) -> Figures:
    """Both command lines, a scan without a cache, and one with it."""
    roots = find_roots(project)
    with process.temporary_folder("bench") as cache:
        cold, found = _own_process(project, cache)
        warm, again = _own_process(project, cache)
    if again != found:
        raise SystemExit(f"{what}: the cached scan has other findings")
    slow, expected = command_lines(project, roots)
    files = {path for root in roots for path in root.files}
    return Figures(
        what,
        len(roots),
        sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files),
        slow,
        cold,
        warm,
        len(found),
        tuple(sorted(expected - found)),
        tuple(sorted(found - expected)),
    )


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; 1 if the findings differ."""
    parser = argparse.ArgumentParser(prog="python -m bench compliance", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--lines", type=int, default=LINES, help="lines of the generated modules (default: %(default)s)"
    )
    parser.add_argument("--generated-only", action="store_true", help="leave out this project's own folders")
    parser.add_argument("--scan", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.scan is not None:
        print(json.dumps(sorted(scan(Project.find(chosen.scan), chosen.cache))))  # noqa: T201
        return 0
    figures = [] if chosen.generated_only else [measure("this project", Project.find(Path()))]
    with process.temporary_folder("bench") as folder:
        figures.append(measure("generated modules", generate(folder, chosen.lines)))
    if chosen.json:
        print(json.dumps([{**asdict(each), "share": each.share} for each in figures], indent=2))  # noqa: T201
    else:
        for each in figures:
            print(_sentence(each))  # noqa: T201
    return int(any(each.only_command_lines or each.only_modproof for each in figures))


def _sentence(each: Figures) -> str:
    missing, more = len(each.only_command_lines), len(each.only_modproof)
    same = f"{missing} findings missing, {more} more" if missing or more else "equal findings"
    return (
        f"{each.what}: {each.folders} folders, {each.lines:,} lines, {each.findings} findings: {each.cold:.1f} s,"
        f" {each.warm:.1f} s cached, command lines {each.command_lines:.1f} s ({each.share:.0%}), {same}"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
