"""Run every fixture's lifecycle in parallel against one emulator, and build the table."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench.probe import judge, prerequisites
from bench.probe.arguments import missing
from bench.probe.fixtures import FIXTURES, Fixture
from bench.probe.life import Lived, live
from bench.probe.limits import Limits
from bench.probe.page import SERVED, Arguments, Coverage, Row
from modproof import toolchain
from modproof.core.environment import NO_ACCOUNT, aws_environment
from modproof.core.parallel import side_by_side
from modproof.core.project import Project
from modproof.emulator import Emulator
from modproof.stories import drift
from modproof.terraform.watched import WatchedTerraform

__all__ = ["CLOCKS", "Probed", "fixtures", "probe", "sagemaker_arguments"]

CLOCKS = ("fast", "instant")
"""The plug-in's default, and the one that reaches each final status before it answers."""

_REGION = "eu-west-1"
_LIFE_SECONDS = 1800.0
"""The limit of all commands of one root together."""


@dataclass(frozen=True, slots=True)
class Probed:
    """A table, and the contradictions to the reviewed files: limits.yaml and the drift list."""

    coverage: Coverage
    faults: tuple[str, ...]


def fixtures(project: Project) -> list[Fixture]:
    """Return every fixture of the project."""
    return [Fixture.read(folder) for folder in sorted((project.root / FIXTURES).iterdir()) if folder.is_dir()]


def probe(
    project: Project,
    emulator: Emulator,
    limits: Limits,
    roots: Iterable[Fixture],
    clocks: Sequence[str] = CLOCKS,
) -> Probed:
    """Take every root through its lifecycle, once per clock if the plug-in serves any of its resources.

    Raises the error of a root that could not finish, after the others are done.
    """
    lives = [
        (clock, root)
        for root in roots
        for clock in (clocks if any(kind.startswith(SERVED) for kind in root.types) else clocks[:1])
    ]
    with project.scratch_folder("probe") as folder:
        work = [
            partial(_lived, project, emulator, limits, root, clock, folder / f"{root.name}-{clock}")
            for clock, root in lives
        ]
        answers = side_by_side(work)
    tables: dict[str, dict[str, Row]] = {}
    lived: list[Lived] = []
    for (clock, _), answer in zip(lives, answers, strict=True):
        if isinstance(answer, Exception):
            raise answer
        lived.append(answer)
        tables.setdefault(f"the {clock} clock", {}).update(judge.rows(answer, limits))
    coverage = Coverage(
        provider=f"hashicorp/aws {' and '.join(sorted({life.provider for life in lived}))}",
        localstack=emulator.version,
        clocks=list(clocks),
        resources=judge.merged(tables),
    )
    faults = [
        fault
        for life in lived
        for fault in judge.drifted(life, drift.seen_in(project.root / FIXTURES / life.fixture.name, project))
    ]
    return Probed(coverage, (*dict.fromkeys(faults), *judge.stale(lived, limits)))


def _terraform(project: Project, emulator: Emulator, account: str, doing: str, folder: Path) -> WatchedTerraform:
    folder.mkdir(parents=True, exist_ok=True)
    config = toolchain.terraform_cli_config(folder / ".modproof", project.root)
    environment = aws_environment(
        endpoint_url=emulator.endpoint_url,
        account=account,
        region=_REGION,
        extra={"TF_CLI_CONFIG_FILE": str(config)},
    )
    return WatchedTerraform(
        folder,
        binary=toolchain.ensure("terraform"),
        env=environment,
        watch=partial(emulator.check, doing),
        step_seconds=_LIFE_SECONDS,
    )


def sagemaker_arguments(
    project: Project, emulator: Emulator, roots: Sequence[Fixture], limits: Limits
) -> dict[str, Arguments]:
    """Return the arguments of every SageMaker resource type of the provider, and those that no root sets."""
    root = roots[0]
    with project.scratch_folder("schema") as folder:
        terraform = _terraform(project, emulator, NO_ACCOUNT, "the provider lists its resources", folder)
        replace(root, blocks={}).write(folder)
        with toolchain.initialising(project.root):
            terraform.initialise()
        said = json.loads(terraform.execute_command("providers", "schema", "-json").out)
    schemas = next(iter(said["provider_schemas"].values()))["resource_schemas"]
    found = {}
    for kind in sorted(schemas):
        if kind.startswith("aws_sagemaker_"):
            count, absent = missing(schemas[kind]["block"], roots, kind)
            reasons = limits.unset.get(kind, {})
            found[kind] = Arguments(
                count=count,
                unset={path: reasons[path] for path in absent if path in reasons},
                missing=[path for path in absent if path not in reasons],
            )
    return found


def _lived(project: Project, emulator: Emulator, limits: Limits, fixture: Fixture, clock: str, folder: Path) -> Lived:
    account = emulator.new_account()
    _set_clock(emulator, account, clock)
    prerequisites.create(emulator.session(account, _REGION), fixture.types)
    return live(
        fixture,
        folder=folder,
        root=project.root,
        account=account,
        make=partial(_terraform, project, emulator, account, f"the probe was in {fixture.name}"),
        unread={kind: tuple(paths) for kind, paths in limits.unread.items()},
    )


def _set_clock(emulator: Emulator, account: str, clock: str) -> None:
    request = urllib.request.Request(  # noqa: S310 - the emulator's address, validated by modproof
        f"{emulator.endpoint_url}/_localstack/sagemaker/clock",
        data=json.dumps({"account": account, "mode": clock}).encode(),
        headers={"Content-Type": "application/json"},
        method="PUT",
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=30) as answer:
        answer.read()
