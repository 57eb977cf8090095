"""List many leftovers with `mlpipe leftovers`: time, and whether memory grows with their number.

Models are created in two accounts of one LocalStack, a tenth of them in the smaller. `mlpipe` runs in an environment of
its package, installed by uv. ``growth_mb`` is the difference of the two peaks of resident memory.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import uv

from bench.sagemaker import Client
from modproof import emulator
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.project import Project
from modproof.emulator import Emulator

_PROGRAM = """
import resource, sys
from mlpipe import cli
try:
    cli.main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""
_LIMIT_SECONDS = 1800.0
_LEFTOVERS_FOUND = 1


def _account_with(server: Emulator, models: int) -> str:
    account = server.new_account()
    with Client(server.endpoint_url, account) as client:
        for number in range(models):
            client.call(
                "CreateModel",
                ModelName=f"notebook-model-{number}",
                PrimaryContainer={"Image": f"{account}.dkr.ecr.eu-west-1.amazonaws.com/bench:1"},
                ExecutionRoleArn=f"arn:aws:iam::{account}:role/bench",
                Tags=[{"Key": "Owner", "Value": "bench"}],
            )
    return account


def _listed(package: Path, server: Emulator, account: str) -> tuple[int, float, float]:
    """Return the number of leftovers, the seconds, and the peak of resident memory in MB."""
    environment = {
        **base_environment(),
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_ENDPOINT_URL": server.endpoint_url,
        "AWS_REGION": "eu-west-1",
    }
    run = [uv.find_uv_bin(), "run", "--quiet", "--isolated", "--no-project", "--with-editable", str(package)]
    words = ["leftovers", "--no-state", "--kind", "model", "--no-cloudtrail", "--format", "json"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        begun = time.perf_counter()
        done = process.run(
            [*run, "python", "-c", _PROGRAM, *words, "--output", str(report)],
            cwd=Path(folder),
            env=environment,
            timeout_seconds=_LIMIT_SECONDS,
        )
        seconds = time.perf_counter() - begun
        if done.returncode != _LEFTOVERS_FOUND:
            raise SystemExit(f"mlpipe exited with {done.returncode}: {done.stderr}")
        count: int = json.loads(report.read_text(encoding="utf-8"))["totals"]["count"]
    kilobytes = int(done.stderr.split()[-1])
    return count, seconds, kilobytes / 1024


def measure(project: Project, count: int) -> dict[str, float | int]:
    """Return the figures for ``count`` leftovers."""
    package = project.root / "packages" / "mlpipe"
    with emulator.running(project) as server:
        few = _account_with(server, count // 10)
        many = _account_with(server, count)
        _, few_seconds, few_mb = _listed(package, server, few)
        found, seconds, mb = _listed(package, server, many)
    return {
        "leftovers": found,
        "seconds": round(seconds, 1),
        "seconds_for_a_tenth": round(few_seconds, 1),
        "peak_mb": round(mb, 1),
        "growth_mb": round(mb - few_mb, 1),
        "cpus": os.cpu_count() or 1,
    }


def main(argv: list[str]) -> int:
    """Run the benchmark and print the figures; always return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench leftovers", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--count", type=int, default=5000, metavar="N", help="leftovers (default 5000)")
    options = parser.parse_args(argv)
    figures = measure(Project.find(Path.cwd()), options.count)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.writelines(f"{name:22} {value}\n" for name, value in figures.items())
    return 0
