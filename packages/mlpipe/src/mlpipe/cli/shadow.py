"""``mlpipe shadow``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from mlpipe import values
from mlpipe.aws import AuditLog, Changes
from mlpipe.cli.common import AUDIT, AuditOption, ConfigOption, ProfileOption, YesOption, ask, console
from mlpipe.cli.promote import target_account
from mlpipe.errors import EXIT_DONE, EXIT_REFUSED, ConfigurationError, Refused
from mlpipe.pipeline import FILE, Pipeline, load
from mlpipe.shadow.answers import compare_answers
from mlpipe.shadow.comparison import Comparison, Interval, Limits, compare
from mlpipe.shadow.deployment import deployed
from mlpipe.shadow.metrics import KEPT_DAYS, Traffic, traffic
from mlpipe.values import ModelValue

__all__ = ["app"]

app = typer.Typer(help="Compare a shadow variant with production, and promote or discard it.", no_args_is_help=True)

_Environment = Annotated[str, typer.Option("--environment", "-e", help="The environment with the shadow variant.")]
_Hours = Annotated[
    float | None,
    typer.Option(
        help="How far to look back. Default: to the deployment of the variants, at most 24 hours.",
        min=0.1,
        max=KEPT_DAYS * 24,
    ),
]
_MinInvocations = Annotated[int, typer.Option(help="Invocations that each variant needs.", min=1)]
_MinIntervals = Annotated[int, typer.Option(help="Minutes with traffic that each variant needs.", min=2)]
_Errors = Annotated[float, typer.Option(help="Percentage points by which errors may rise.", min=0)]
_Latency = Annotated[float, typer.Option(help="Percent by which the model latency may rise.", min=0)]
_MinAnswers = Annotated[int, typer.Option(help="Captured responses of both variants to the same requests.", min=0)]
_Agreement = Annotated[float, typer.Option(help="Percent of them that must agree.", min=0, max=100)]
_Tolerance = Annotated[float, typer.Option(help="The difference up to which numbers agree.", min=0)]
_Captured = Annotated[bool, typer.Option("--captured/--no-captured", help="Compare captured responses, if there are.")]
_DEFAULT = Limits()
_DEFAULT_HOURS = 24.0


@app.command()
def status(
    environment: _Environment,
    hours: _Hours = None,
    min_invocations: _MinInvocations = _DEFAULT.min_invocations,
    min_intervals: _MinIntervals = _DEFAULT.min_intervals,
    max_error_points: _Errors = _DEFAULT.error_points,
    max_latency_percent: _Latency = _DEFAULT.latency_percent,
    min_answers: _MinAnswers = _DEFAULT.min_answers,
    min_agreement: _Agreement = _DEFAULT.agreement_percent,
    tolerance: _Tolerance = 1e-6,
    captured: _Captured = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as data.")] = False,
    config: ConfigOption = Path(FILE),
    profile: ProfileOption = None,
) -> int:
    """Compare the two variants. Exit code 1 unless shadow is within the limits.

    Compares invocations, errors and latency in CloudWatch, and responses if the endpoint captures them.
    """
    limits = Limits(min_invocations, min_intervals, max_error_points, max_latency_percent, min_answers, min_agreement)
    test = _Test(load(config), environment, profile)
    compared = test.compared(hours, limits, tolerance if captured else None)
    if as_json:
        print(json.dumps(asdict(compared)))  # noqa: T201
    else:
        _show(compared)
    return EXIT_DONE if compared.may_be_promoted else EXIT_REFUSED


@app.command()
def promote(
    environment: _Environment,
    hours: _Hours = None,
    min_invocations: _MinInvocations = _DEFAULT.min_invocations,
    min_intervals: _MinIntervals = _DEFAULT.min_intervals,
    max_error_points: _Errors = _DEFAULT.error_points,
    max_latency_percent: _Latency = _DEFAULT.latency_percent,
    min_answers: _MinAnswers = _DEFAULT.min_answers,
    min_agreement: _Agreement = _DEFAULT.agreement_percent,
    tolerance: _Tolerance = 1e-6,
    captured: _Captured = True,
    yes: YesOption = False,
    config: ConfigOption = Path(FILE),
    profile: ProfileOption = None,
    audit_log: AuditOption = AUDIT,
) -> int:
    """Write the candidate as the environment's value, if it is within the limits and the shadow variant runs it."""
    pipeline = load(config)
    value, candidate = _files(pipeline, environment)
    limits = Limits(min_invocations, min_intervals, max_error_points, max_latency_percent, min_answers, min_agreement)
    wanted = _read(candidate)
    before = values.read(value)
    if before == wanted.with_fields_of(before):
        console().print(f"{escape(str(value))} already has version {wanted.version}: nothing to do")
        return EXIT_DONE
    test = _Test(pipeline, environment, profile)
    running = test.deployment.versions.get(test.variants[1])
    if running is None or running != wanted.model_package_arn:
        raise Refused(
            f"{environment}: the shadow variant runs {running or 'no version'}, {candidate} has "
            f"{wanted.model_package_arn or 'none'}: apply it with Terragrunt, and wait for requests"
        )
    compared = test.compared(hours, limits, tolerance if captured else None)
    _show(compared)
    if not compared.may_be_promoted:
        raise Refused(f"{environment}: {compared.verdict}: {'; '.join(compared.reasons)}")
    return _write(environment, value, wanted, yes=yes, audit=AuditLog(audit_log))


@app.command()
def discard(
    environment: _Environment,
    yes: YesOption = False,
    config: ConfigOption = Path(FILE),
    audit_log: AuditOption = AUDIT,
) -> int:
    """Write the environment's value as its candidate, so that both variants run the same version."""
    value, candidate = _files(load(config), environment)
    return _write(environment, candidate, _read(value), yes=yes, audit=AuditLog(audit_log))


def _files(pipeline: Pipeline, name: str) -> tuple[Path, Path]:
    environment = pipeline.environment(name)
    if not environment.value or not environment.candidate:
        raise ConfigurationError(f"environments.{name}: it needs value and candidate")
    return pipeline.folder / environment.value, pipeline.folder / environment.candidate


def _read(path: Path) -> ModelValue:
    found = values.read(path)
    if found is None:
        raise ConfigurationError(f"{path}: there is no such file")
    return found


class _Test:
    """The shadow test of an environment."""

    def __init__(self, pipeline: Pipeline, name: str, profile: str | None) -> None:
        environment = pipeline.environment(name)
        self.account = target_account(pipeline, name, profile)
        self.endpoint = pipeline.endpoint_of(name)
        self.variants = (environment.production_variant, environment.shadow_variant)
        self.deployment = deployed(self.account, self.endpoint)

    def compared(self, hours: float | None, limits: Limits, tolerance: float | None) -> Comparison:
        """Compare the last ``hours``; captured responses unless ``tolerance`` is None."""
        asked = datetime.now(UTC) - timedelta(hours=hours or _DEFAULT_HOURS)
        since = asked if hours else max(asked, self.deployment.since)
        if since < self.deployment.since:
            console().print(
                f"the variants were deployed at {self.deployment.since:%Y-%m-%d %H:%M %Z}: "
                "what is older belongs to other versions"
            )
        production, shadow = traffic(self.account, self.endpoint, self.variants, since)
        folder = self.deployment.captured
        answers = None
        if folder is not None and tolerance is not None:
            answers = compare_answers(self.account, folder, self.endpoint, self.variants, since, tolerance)
        return compare(production, shadow, limits, answers)


def _write(environment: str, path: Path, value: ModelValue, *, yes: bool, audit: AuditLog) -> int:
    out = console()
    before = values.read(path)
    value = value.with_fields_of(before)
    if before == value:
        out.print(f"{escape(str(path))} already has version {value.version}: nothing to do")
        return EXIT_DONE
    if not yes and not ask(f"Write version {value.version} into {path}?"):
        out.print("nothing was changed")
        return EXIT_REFUSED
    changes = Changes(audit, act=True)
    changes.local(
        f"write {path}: version {value.version}",
        lambda: values.write(path, value),
        environment=environment,
        version=value.version,
    )
    out.print(f"version {value.version} is in {escape(str(path))}: apply {escape(environment)} with Terragrunt")
    return EXIT_DONE


def _show(compared: Comparison) -> None:
    table = Table("variant", "invocations", "errors", "mean latency", box=None, pad_edge=False)
    for one in (compared.production, compared.shadow):
        table.add_row(escape(one.variant), f"{one.invocations:g}", f"{one.errors:g}", _latency(one))
    out = console()
    out.print(table)
    out.print(f"errors, shadow - production: {_interval(compared.errors, 'percentage points')}")
    out.print(f"latency, shadow - production: {_interval(compared.latency, 'ms')}")
    if compared.agreement and compared.answers:
        share, answers = compared.agreement, compared.answers
        out.print(
            f"answers that agree: {answers.agreed} of {answers.compared}, "
            f"{share.percent:.3g} % (95 %: {share.low:.3g} to {share.high:.3g})"
        )
    out.print(escape("; ".join((compared.verdict, *compared.reasons))))


def _latency(one: Traffic) -> str:
    return f"{fmean(one.latencies):.3g} ms" if one.latencies else "-"


def _interval(one: Interval | None, unit: str) -> str:
    return "-" if one is None else f"{one.difference:.3g} {unit} (95 %: {one.low:.3g} to {one.high:.3g})"
