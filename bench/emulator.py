"""Test with Terraform which AWS provider resources work with the emulator, and write the table in docs/.

All SageMaker resources of the provider, and the other resources that the modules use, go through the full lifecycle in
a few Terraform roots in parallel. Exit codes: 0 the table is written, or with --check is up to date; 1 a reviewed file
is wrong, a resource is missing, or the table differs; 2 the probe could not run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from bench.probe import limits, page, run
from bench.probe.arguments import unexplained
from modproof import emulator
from modproof.core.errors import ModproofError
from modproof.core.project import Project


def main(argv: list[str]) -> int:
    """Run the probe, write or compare the table, and print its totals."""
    parser = argparse.ArgumentParser(
        prog="python -m bench emulator", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--check", action="store_true", help="compare with the committed table without writing")
    parser.add_argument(
        "--only", action="append", metavar="TYPE", help="probe this resource type and its dependencies, print its row"
    )
    parser.add_argument(
        "--served", action="store_true", help="probe only roots with resources of the plug-in, keep the other rows"
    )
    options = parser.parse_args(argv)
    try:
        project = Project.find(Path.cwd())
        if options.only:
            return _some(project, set(options.only))
        return _all(project, as_json=options.json, check=options.check, served=options.served)
    except ModproofError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _some(project: Project, types: set[str]) -> int:
    roots = [some for root in run.fixtures(project) if (some := root.of_types(types)).blocks]
    with emulator.running(project) as server:
        probed = run.probe(project, server, limits.load(), roots)
    sys.stdout.write(page.as_json(probed.coverage))
    sys.stderr.writelines(f"{fault}\n" for fault in probed.faults)
    return 1 if probed.faults or not all(row.green for row in probed.coverage.resources.values()) else 0


def _all(project: Project, *, as_json: bool, check: bool, served: bool) -> int:
    begun = time.perf_counter()
    roots, known = run.fixtures(project), limits.load()
    kept = page.Coverage.read(project.root).resources if served else {}
    if served:
        roots = [root for root in roots if any(kind.startswith(page.SERVED) for kind in root.types)]
    with emulator.running(project) as server:
        probed = run.probe(project, server, known, roots)
        arguments = run.sagemaker_arguments(project, server, roots, known)
    absent = sorted(arguments.keys() - probed.coverage.resources.keys())
    faults = [*probed.faults, *(f"no fixture has {kind}" for kind in absent)]
    faults += unexplained({kind: (*one.unset, *one.missing) for kind, one in arguments.items()}, known.unset)
    rows = dict(sorted({**kept, **probed.coverage.resources}.items()))
    coverage = probed.coverage.model_copy(update={"arguments": arguments, "resources": rows})
    contents = {page.JSON: page.as_json(coverage), page.MARKDOWN: page.as_markdown(coverage)}
    for path, content in contents.items():
        target = project.root / path
        if not check:
            target.write_text(content, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != content:
            faults.append(f"{path} is not what this run saw; renew it with: {page.COMMAND}")
    figures = _figures(probed.coverage, len(arguments), time.perf_counter() - begun)
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.writelines(f"{name:24} {value}\n" for name, value in figures.items())
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _figures(coverage: page.Coverage, sagemaker: int, seconds: float) -> dict[str, float | int]:
    rows = coverage.resources
    return {
        "resources": len(rows),
        "green": sum(row.green for row in rows.values()),
        "sagemaker_resources": sagemaker,
        "sagemaker_green": sum(row.green for kind, row in rows.items() if kind.startswith("aws_sagemaker_")),
        "false_cells": sum(row.cell(column) is False for row in rows.values() for column in page.COLUMNS),
        "null_cells": sum(row.cell(column) is None for row in rows.values() for column in page.COLUMNS),
        "seconds": round(seconds, 1),
    }
