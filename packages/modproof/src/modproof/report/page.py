"""report.html: the run as one self-contained page, for reviewers and auditors."""

from __future__ import annotations

import re
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from modproof.core.counts import plural
from modproof.core.results import Outcome, RunResult
from modproof.report import tally
from modproof.report.problems import run_problems
from modproof.report.provenance import Provenance
from modproof.report.scrub import shorten

__all__ = ["environment", "render"]

_MESSAGE_LIMIT = 8000
_WEB = re.compile(r"https?://[^\s\"'<>]+")
_JOINT = re.compile(r"([/_])")
_TITLE = {Outcome.PASSED: "Passed", Outcome.FAILED: "Failed", Outcome.ERROR: "Error"}


def render(result: RunResult, about: Provenance) -> str:
    """``result``, which must be scrubbed, as an HTML page without scripts and network requests."""
    template = environment().get_template("report.html")
    style = resources.files("modproof.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    compliance = result.compliance
    return template.render(
        result=result,
        about=about,
        style=style,
        title=_TITLE[result.outcome],
        verdict=tally.VERDICT[result.outcome],
        headline=tally.headline(result),
        exit_meaning=tally.EXIT_MEANING[result.outcome],
        problems=run_problems(result),
        count=tally.case_count(result.cases or []),
        modules=tally.cases_by_module(result.cases or []),
        groups=tally.findings_by_rule(compliance.findings) if compliance else [],
        covered=tally.covered_by(compliance.suppressed) if compliance else {},
        checks=tally.checks(compliance) if compliance else 0,
        ledger_words=tally.ledger_words(compliance) if compliance else "",
        today=about.started.date().isoformat(),
    )


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
    made.globals["undecided_words"] = tally.undecided_words
    made.globals["unapplied_words"] = tally.unapplied_words
    made.globals["case_count"] = tally.case_count
    made.filters["case_name"] = tally.case_name
    made.tests["web"] = lambda text: bool(_WEB.fullmatch(text))
    return made


def _breakable(name: str) -> Markup:
    """``name`` with a break opportunity after each ``/`` and ``_``; browsers treat it as one word otherwise."""
    return Markup(_JOINT.sub(r"\1<wbr>", str(escape(name))))  # noqa: S704  escaped before
