"""report.html: the run as one self-contained page, for reviewers and auditors."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from modproof.core.counts import plural
from modproof.core.project import Project
from modproof.core.results import SEVERITIES, ComplianceResult, Finding, Framework, Outcome, RunResult
from modproof.report import tally
from modproof.report.anchors import Anchors
from modproof.report.excerpts import Excerpt, Excerpts
from modproof.report.overview import ModuleView, by_control, by_module, by_rule, due, module_at, module_paths
from modproof.report.problems import run_problems
from modproof.report.prose import prose
from modproof.report.provenance import Provenance
from modproof.report.scrub import shorten

__all__ = ["environment", "render"]

_MESSAGE_LIMIT = 8000
_EXCERPTS = 1000
"""Findings with code. More would make the page slow."""
_SPACE = re.compile(r"\s+")
_WEB = re.compile(r"https?://[^\s\"'<>]+")
_JOINT = re.compile(r"([/_])")
_TITLE = {Outcome.PASSED: "Passed", Outcome.FAILED: "Failed", Outcome.ERROR: "Error"}


def render(result: RunResult, about: Provenance, project: Project | None = None) -> str:
    """``result``, which must be scrubbed, as an HTML page without network requests; its script only filters.

    With ``project``, findings belong to its modules and have excerpts of its files.
    """
    made = environment()
    paths = module_paths(project)
    anchors = Anchors()
    compliance = result.compliance
    _add_filters(made, result, paths, anchors, Excerpts(project) if project is not None else None)
    script = _file("report.js")
    today = about.started.date().isoformat()
    return made.get_template("report.html").render(
        result=result,
        about=about,
        style="".join(map(_file, ["report.css", "coverage.css"])),
        script=script,
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
        title=_TITLE[result.outcome],
        verdict=tally.VERDICT[result.outcome],
        headline=tally.headline(result),
        exit_meaning=tally.EXIT_MEANING[result.outcome],
        problems=run_problems(result),
        count=tally.case_count(result.cases or []),
        modules=tally.cases_by_module(result.cases or []),
        views=by_module(result, paths),
        rules=by_rule(compliance),
        controls=by_control(compliance),
        groups=tally.findings_by_rule(compliance.findings) if compliance else [],
        covered=tally.covered_by(compliance.suppressed) if compliance else {},
        checks=tally.checks(compliance) if compliance else 0,
        ledger_words=tally.ledger_words(compliance) if compliance else "",
        months=due(compliance.entries, today) if compliance else [],
        severities=(*SEVERITIES, "UNKNOWN"),
        new_cases=frozenset(result.changes.cases_added if result.changes else ()),
        case_anchors={case.id: anchors.case(case) for case in result.cases or ()},
        anchors=anchors,
        today=today,
    )


def _file(name: str) -> str:
    return resources.files("modproof.report").joinpath("templates", name).read_text(encoding="utf-8")


def _add_filters(
    made: Environment, result: RunResult, paths: Mapping[str, str], anchors: Anchors, excerpts: Excerpts | None
) -> None:
    """What depends on the result: the tokens that the script filters by, new findings, and their code."""
    compliance = result.compliance or ComplianceResult()
    found = [*compliance.findings, *(item.finding for item in compliance.suppressed)]
    here = {finding.identity: anchors.finding(finding) for finding in reversed(found)}
    changes = result.changes
    new = {finding.identity for finding in (*changes.opened, *changes.accepted)} if changes else set()
    with_code = {id(finding) for finding in found[:_EXCERPTS]}

    @cache  # thousands of findings are in a few files
    def module_in(path: str) -> str:
        return _token(module_at(path, paths) or posixpath.dirname(path) or ".")

    def module_of(finding: Finding) -> str:
        return module_in(finding.place.path)

    def excerpt(finding: Finding) -> Excerpt | None:
        return excerpts.at(finding.place) if excerpts and id(finding) in with_code else None

    made.filters["module_token"] = module_of
    made.filters["module_tokens"] = lambda findings: " ".join(sorted({*map(module_of, findings)}))
    made.filters["place_token"] = lambda place: _token(module_at(place.path, paths) or "") if place else ""
    made.filters["excerpt"] = excerpt
    made.filters["anchor_here"] = lambda finding: here.get(finding.identity, "findings")
    made.tests["new"] = lambda finding: finding.identity in new


def environment() -> Environment:
    """The Jinja2 environment of all pages: escaping, strict, with the filters of the reports."""
    made = Environment(
        loader=PackageLoader("modproof.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["duration"] = tally.duration
    made.filters["message"] = lambda text: shorten(text, _MESSAGE_LIMIT)
    made.filters["breakable"] = _breakable
    made.filters["outcome"] = tally.outcome_of
    made.globals["plural"] = plural
    made.globals["story_words"] = tally.story_words
    made.globals["bump_words"] = tally.bump_words
    made.globals["also_words"] = tally.also_words
    made.globals["action_counts"] = tally.action_counts
    made.globals["control_words"] = tally.control_words
    made.globals["undecided_words"] = tally.undecided_words
    made.globals["unapplied_words"] = tally.unapplied_words
    made.globals["case_count"] = tally.case_count
    made.filters["case_name"] = tally.case_name
    made.filters["prose"] = prose
    made.filters["token"] = _token
    made.filters["severities"] = _severities
    made.filters["framework"] = lambda name: Framework(name).label
    made.filters["states"] = _states
    made.globals["changes_words"] = tally.changes_words
    made.globals["coverage_change_words"] = tally.coverage_change_words
    made.globals["ledger_change_words"] = tally.ledger_change_words
    made.tests["web"] = lambda text: bool(_WEB.fullmatch(text))
    return made


def _breakable(name: str) -> Markup:
    """``name`` with a break opportunity after each ``/`` and ``_``; browsers treat it as one word otherwise."""
    return Markup(_JOINT.sub(r"\1<wbr>", str(escape(name))))  # noqa: S704  escaped before


def _token(name: str) -> str:
    """``name`` without white space, which separates tokens."""
    return _SPACE.sub("_", name)


def _severities(findings: Iterable[Finding]) -> str:
    return " ".join(sorted({finding.severity.lower() for finding in findings}))


def _states(view: ModuleView) -> str:
    """The states of the cases and findings of a module: failed, passed, suppressed."""
    passed = [case.outcome is Outcome.PASSED for case in view.cases]
    states = {"failed": view.opened or not all(passed), "suppressed": view.suppressed, "passed": any(passed)}
    return " ".join(state for state, any_ in states.items() if any_)
