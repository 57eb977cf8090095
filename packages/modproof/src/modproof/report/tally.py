"""Counts what a run found and says it in words, so that every format says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modproof.core.results import (
    CaseResult,
    ComplianceResult,
    CoverageSummary,
    Finding,
    Outcome,
    Place,
    RunResult,
    StoryResult,
    SuppressedFinding,
    worst,
)

__all__ = [
    "EXIT_MEANING",
    "VERDICT",
    "CaseCount",
    "FindingGroup",
    "case_count",
    "cases_by_module",
    "checks",
    "coverage_words",
    "covered_by",
    "duration",
    "findings_by_rule",
    "headline",
    "ledger_words",
    "outcome_of",
    "plural",
    "story_words",
    "verdict",
]

VERDICT = {Outcome.PASSED: "proved", Outcome.FAILED: "wrong", Outcome.ERROR: "not run"}
EXIT_MEANING = {
    Outcome.PASSED: "all that was asked for is proved",
    Outcome.FAILED: "something is wrong with the modules",
    Outcome.ERROR: "not all of the run could be done, so the modules are not proved",
}
_SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN")


def plural(count: int, one: str, many: str = "") -> str:
    """``1 story``, ``2 stories``, ``1,200 cases``: ``many`` is ``one`` with an s by default."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """``0.4 s``, ``31 s``, ``2 min 5 s``: as exact as a person needs it."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many plan cases ended how; ``from_cache`` counts those of them that were not planned anew."""

    passed: int
    failed: int
    error: int
    from_cache: int

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.error

    def words(self) -> str:
        """``54 passed, 2 failed, 1 not run, 12 from the cache``: what there is none of is not said."""
        parts = [f"{self.passed:,} passed"] if self.passed or not self.total else []
        parts += [f"{self.failed:,} failed"] if self.failed else []
        parts += [f"{self.error:,} not run"] if self.error else []
        parts += [f"{self.from_cache:,} from the cache"] if self.from_cache else []
        return ", ".join(parts)


def case_count(cases: Iterable[CaseResult]) -> CaseCount:
    """Count ``cases`` by how they ended."""
    cases = list(cases)
    ended = Counter(case.outcome for case in cases)
    cached = sum(case.from_cache for case in cases)
    return CaseCount(ended[Outcome.PASSED], ended[Outcome.FAILED], ended[Outcome.ERROR], cached)


def cases_by_module(cases: Iterable[CaseResult]) -> dict[str, list[CaseResult]]:
    """The cases of each module, modules by name, cases in the order they came."""
    modules: dict[str, list[CaseResult]] = {}
    for case in cases:
        modules.setdefault(case.module, []).append(case)
    return dict(sorted(modules.items()))


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of one rule of one scanner, by place."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def severity(self) -> str:
        """The worst of the findings'."""
        return min((finding.severity for finding in self.findings), key=_rank)

    @property
    def guideline(self) -> str:
        """The first that there is."""
        return next((finding.guideline for finding in self.findings if finding.guideline), "")


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)


def findings_by_rule(findings: Iterable[Finding]) -> list[FindingGroup]:
    """Findings by rule, the most severe rule first, within it by place."""
    rules: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        rules.setdefault((finding.scanner, finding.rule), []).append(finding)
    groups = [
        FindingGroup(tuple(sorted(of_rule, key=lambda f: (f.place.path, f.place.line or 0, f.address))))
        for of_rule in rules.values()
    ]
    return sorted(groups, key=lambda group: (_rank(group.severity), group.first.scanner, group.first.rule))


def covered_by(suppressed: Iterable[SuppressedFinding]) -> dict[Place, list[Finding]]:
    """The findings that each ledger entry accounts for, by the entry's place, which no two entries share."""
    covered: dict[Place, list[Finding]] = {}
    for item in suppressed:
        covered.setdefault(item.entry_place, []).append(item.finding)
    return covered


def checks(compliance: ComplianceResult) -> int:
    """How many checks the scanners did."""
    return sum(scan.checks for scan in compliance.scans)


def headline(result: RunResult) -> str:
    """What was proved, or what is wrong, in one line without the verdict: ``57 cases, 1 story (9 steps) in 31 s``."""
    parts = _proved(result) if result.outcome is Outcome.PASSED else _not_proved(result)
    text = ", ".join(parts)
    return f"{text} in {duration(result.seconds['total'])}" if "total" in result.seconds else text


def verdict(result: RunResult) -> str:
    """The last line of a run: the verdict, what it rests on and, unless all is proved, what the exit code means."""
    text = f"{VERDICT[result.outcome]}: {headline(result)}"
    if result.outcome is Outcome.PASSED:
        return text
    return f"{text} (exit code {result.exit_code}: {EXIT_MEANING[result.outcome]})"


def _proved(result: RunResult) -> list[str]:
    parts: list[str] = []
    if result.cases is not None:
        parts.append(plural(len(result.cases), "case"))
    if result.stories is not None:
        steps = sum(len(story.steps) for story in result.stories)
        parts.append(f"{plural(len(result.stories), 'story', 'stories')} ({plural(steps, 'step')})")
    if result.compliance is not None:
        parts += [plural(checks(result.compliance), "check"), "0 open findings"]
    return parts


def _not_proved(result: RunResult) -> list[str]:
    parts: list[str] = []
    if result.cases is not None:
        parts += _ended_badly([case.outcome for case in result.cases], "case", "cases", "planned")
    if result.coverage is not None:
        below = sum(module.outcome is Outcome.FAILED for module in result.coverage)
        parts += [f"coverage of {plural(below, 'module')}"] if below else []
    if result.stories is not None:
        parts += _ended_badly([story.outcome for story in result.stories], "story", "stories", "run")
    if result.compliance is not None:
        compliance = result.compliance
        parts += [plural(len(compliance.findings), "open finding")] if compliance.findings else []
        parts += [plural(len(compliance.problems), "ledger problem")] if compliance.problems else []
        parts += [f"{plural(len(compliance.errors), 'scan')} not done"] if compliance.errors else []
        parts += ["no scan done"] if not (compliance.scans or compliance.errors) else []
    parts += [plural(len(result.errors), "error")] if result.errors else []
    return parts or ["nothing was asked for"]


def _ended_badly(outcomes: Sequence[Outcome], one: str, many: str, done: str) -> list[str]:
    """``2 of 57 cases failed and 1 could not be planned``; nothing when all passed."""
    if not outcomes:
        return [f"no {one} found"]
    ended = Counter(outcomes)
    said = [f"{ended[Outcome.FAILED]:,} failed"] if ended[Outcome.FAILED] else []
    said += [f"{ended[Outcome.ERROR]:,} could not be {done}"] if ended[Outcome.ERROR] else []
    if not said:
        return []
    number, _, what = said[0].partition(" ")
    return [" and ".join([f"{number} of {plural(len(outcomes), one, many)} {what}", *said[1:]])]


def coverage_words(modules: Sequence[CoverageSummary]) -> str:
    """``404 of 417 reached (96.8 %)``, rounded down."""
    covered, counted = sum(m.covered for m in modules), sum(m.counted for m in modules)
    percent = int(1000 * covered / counted) / 10 if counted else 100.0
    return f"{covered:,} of {counted:,} reached ({percent:g} %)"


def story_words(stories: Sequence[StoryResult]) -> str:
    """``2 stories, 17 steps: 1 failed``."""
    if not stories:
        return "no story was found"
    ended = Counter(story.outcome for story in stories)
    steps = sum(len(story.steps) for story in stories)
    text = f"{plural(len(stories), 'story', 'stories')}, {plural(steps, 'step')}"
    said = [f"{ended[Outcome.FAILED]:,} failed"] if ended[Outcome.FAILED] else []
    said += [f"{ended[Outcome.ERROR]:,} not run"] if ended[Outcome.ERROR] else []
    return f"{text}: {', '.join(said)}" if said else text


def ledger_words(compliance: ComplianceResult) -> str:
    """What the scanners found against the ledger; a scan that was not done is never a clean one."""
    if not compliance.scans:
        return "no scan was done"
    entries = plural(len(compliance.entries), "ledger entry", "ledger entries")
    parts = [plural(len(compliance.findings), "open finding")]
    parts.append(f"{len(compliance.suppressed):,} suppressed by {entries}")
    if compliance.retired:
        parts.append(f"{plural(len(compliance.retired), 'entry', 'entries')} no longer needed")
    if compliance.errors:
        parts.append(f"{plural(len(compliance.errors), 'scan')} not done")
    return ", ".join(parts)


def outcome_of(parts: Iterable[CaseResult | StoryResult]) -> Outcome:
    """The outcome of a whole, a module or all stories, from those of its parts; of nothing, an error."""
    outcomes = [part.outcome for part in parts]
    return worst(outcomes) if outcomes else Outcome.ERROR
