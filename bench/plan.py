"""Compare the time to plan the same cases in one batch, one by one with tftest, and with ``terraform test``.

The cases are this project's cases that must plan, repeated under new names until the number is reached. The two slow
methods are measured with a sample, spread over the modules, and scaled; the sample size is printed. The first batch has
a new checkout and an empty cache of plans. It uses the schema and the selection of the provider that earlier runs on
the machine kept.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import tftest

from bench.memory import peak
from modproof import toolchain
from modproof.cases import Case, Expect, judge, load_all
from modproof.cases.arguments import escape
from modproof.core import process
from modproof.core.cache import Cache
from modproof.core.environment import aws_environment
from modproof.core.project import Project
from modproof.core.results import Outcome
from modproof.plan import Planner
from modproof.terraform.recorder import recording


def bench_cases(project: Project, count: int) -> list[Case]:
    """Return ``count`` cases, each with a distinct tag."""
    own = [case for case in load_all(project).cases if case.source == "yaml" and case.rejects is None]
    made: list[Case] = []
    for number, case in enumerate(islice(cycle(own), count)):
        variables = {**case.variables, "tags": _distinct(case.variables.get("tags") or {}, number)}
        made.append(replace(case, name=f"{case.name}-{number}", variables=variables, expect=Expect()))
    return made


def _distinct(tags: dict[str, str], number: int) -> dict[str, str]:
    """Return as many ``tags`` as given, or one, because a case may have all that AWS allows."""
    return {**tags, next(reversed(tags), "Bench"): str(number)}


def spread(items: Sequence[Case], count: int) -> list[Case]:
    """Return ``count`` evenly spaced ``items``."""
    return [items[index * len(items) // count] for index in range(min(count, len(items)))]


@contextmanager
def _module_copies(project: Project, sample: Sequence[Case]) -> Iterator[Path]:
    with process.temporary_folder("bench") as folder:
        for module in {case.module for case in sample}:
            shutil.copytree(project.module_folder(module), folder / module, ignore=shutil.ignore_patterns(".terraform"))
        yield folder


def _batch(project: Project, made: Sequence[Case], cache: Cache | None) -> float:
    terraform = toolchain.find("terraform")
    assert terraform is not None
    begun = time.perf_counter()
    planner = Planner(project, binary=terraform.path, version=terraform.version, cache=cache)
    outcomes = planner.plan(made)
    wrong = [result for case in made if (result := judge(case, outcomes[case.id])).outcome is not Outcome.PASSED]
    if wrong:
        raise SystemExit(f"{wrong[0].id}: {wrong[0].problems[0]}")
    return time.perf_counter() - begun


def _environment(endpoint_url: str, project: Project) -> dict[str, str]:
    config = toolchain.terraform_cli_config(project.state)
    return aws_environment(endpoint_url=endpoint_url, extra={"TF_CLI_CONFIG_FILE": str(config)})


def _tftest(project: Project, sample: Sequence[Case], binary: Path) -> float:
    """Run tftest the usual way: ``setup`` once per module, ``plan`` once per case."""
    with _module_copies(project, sample) as folder, recording() as recorder:
        environment = _environment(recorder.endpoint_url, project)
        begun = time.perf_counter()
        ready: dict[str, tftest.TerraformTest] = {}
        for case in sample:
            if case.module not in ready:
                runner = tftest.TerraformTest(str(folder / case.module), binary=str(binary), env={})
                runner.env = dict(environment)
                runner.setup()
                ready[case.module] = runner
            # tftest passes None as the text "None"; without the variable, its default applies, which is null
            given = {name: value for name, value in case.variables.items() if value is not None}
            texts = {name: json.dumps(v) if isinstance(v, bool) else v for name, v in given.items()}
            ready[case.module].plan(tf_vars=texts, output=True)
        return time.perf_counter() - begun


def _terraform_test(project: Project, sample: Sequence[Case], binary: Path) -> float:
    """Run ``terraform test``: one file per module, one ``run`` block per case."""
    with _module_copies(project, sample) as folder, recording() as recorder:
        environment = _environment(recorder.endpoint_url, project)
        begun = time.perf_counter()
        for module in dict.fromkeys(case.module for case in sample):
            blocks = [_run_block(number, case) for number, case in enumerate(sample) if case.module == module]
            tests = folder / module / "tests"
            tests.mkdir(exist_ok=True)
            (tests / "bench.tftest.hcl").write_text("\n".join(blocks), encoding="utf-8")
            for command in (["init", "-input=false"], ["test", "-no-color"]):
                done = process.run([str(binary), *command], cwd=folder / module, env=environment, timeout_seconds=1800)
                if done.returncode != 0:
                    raise SystemExit(f"terraform {command[0]} of {module} failed: {done.stdout[-2000:]}{done.stderr}")
        return time.perf_counter() - begun


def _run_block(number: int, case: Case) -> str:
    rows = "\n".join(f"    {name} = {json.dumps(escape(value))}" for name, value in case.variables.items())
    return f'run "case_{number}" {{\n  command = plan\n  variables {{\n{rows}\n  }}\n}}\n'


def _cpu_seconds() -> float:
    """Return the CPU time of finished child processes, which other load hardly affects, unlike wall time."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _checkout(project: Project) -> Iterator[Project]:
    """Yield an editable copy of the modules and cases."""
    with process.temporary_folder("bench-checkout") as folder:
        for part in (project.modules, project.cases):
            shutil.copytree(part, folder / part.relative_to(project.root), ignore=shutil.ignore_patterns(".terraform"))
        yield Project(folder, project.settings)


def _edit(project: Project, made: Sequence[Case]) -> None:
    """Edit the module with the most cases."""
    (module, _), *_ = Counter(case.module for case in made).most_common(1)
    with (project.module_folder(module) / "main.tf").open("a", encoding="utf-8") as sink:
        sink.write("# an edit that changes no plan\n")


def measure(original: Project, count: int, sample_size: int, large: int) -> dict[str, float | int | str]:
    """Return all figures, in seconds for ``count`` cases, and also for ``large`` cases unless it is 0."""
    binary = toolchain.ensure("terraform")
    with _checkout(original) as project:
        made = bench_cases(project, count)
        sample = spread(made, sample_size)
        with process.temporary_folder("bench-cache") as folder:
            before = _cpu_seconds()
            cold = _batch(project, made, Cache(folder))
            cold_cpu = _cpu_seconds() - before
            warm = _batch(project, made, Cache(folder))
            _edit(project, made)
            edited = _batch(project, made, Cache(folder))
        scale = count / len(sample)
        tftest_s = _tftest(project, sample, binary) * scale
        terraform_test_s = _terraform_test(project, sample, binary) * scale
        figures: dict[str, float | int | str] = {
            "cases": count,
            "batch_cold_s": round(cold, 2),
            "batch_cold_cpu_s": round(cold_cpu, 1),
            "batch_warm_s": round(warm, 2),
            "edit_one_module_s": round(edited, 2),
            "tftest_s": round(tftest_s, 1),
            "terraform_test_s": round(terraform_test_s, 1),
            "sample_cases": len(sample),
            "tftest_ratio": round(tftest_s / cold, 1),
            "terraform_test_ratio": round(terraform_test_s / cold, 1),
        }
        return figures | (_large(project, large) if large else {})


def _large(project: Project, count: int) -> dict[str, float | int | str]:
    before = _cpu_seconds()
    with peak() as memory:
        seconds = _batch(project, bench_cases(project, count), None)
    return {
        f"cases_{count}_s": round(seconds, 1),
        f"cases_{count}_cpu_s": round(_cpu_seconds() - before, 1),
        f"cases_{count}_peak_mb": memory.megabytes,
    }


def main(argv: list[str]) -> int:
    """Run the benchmark and print the figures; always return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench plan", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--cases", type=int, default=100, metavar="N", help="number of cases (default 100)")
    parser.add_argument("--sample", type=int, default=15, metavar="N", help="number of cases for the slow methods")
    parser.add_argument(
        "--large", type=int, default=1000, metavar="N", help="number of cases of a second batch; 0 for none"
    )
    options = parser.parse_args(argv)
    figures = measure(Project.find(Path.cwd()), options.cases, options.sample, options.large)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.writelines(f"{name:22} {value}\n" for name, value in figures.items())
    return 0
