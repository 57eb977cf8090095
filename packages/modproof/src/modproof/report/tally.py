"""Counts and summary texts, shared by all report formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modproof.core.counts import plural
from modproof.core.results import (
    NOTHING_TO_COVER,
    SEVERITIES,
    CaseResult,
    Changes,
    ComplianceResult,
    ControlStatus,
    CoverageChange,
    CoverageSummary,
    ExampleUpgrade,
    Finding,
    LedgerChange,
    Load,
    Outcome,
    Place,
    RunResult,
    Scan,
    StoryResult,
    SuppressedFinding,
    UpgradeResult,
    worst,
)

__all__ = [
    "EXIT_MEANING",
    "VERDICT",
    "CaseCount",
    "FindingGroup",
    "action_counts",
    "bump_words",
    "case_count",
    "case_name",
    "cases_by_module",
    "changes_words",
    "checks",
    "control_words",
    "coverage_change_words",
    "coverage_words",
    "covered_by",
    "duration",
    "findings_by_rule",
    "headline",
    "ledger_change_words",
    "ledger_words",
    "load_words",
    "module_of",
    "open_words",
    "outcome_of",
    "scan_words",
    "story_words",
    "unapplied_words",
    "verdict",
]

VERDICT = {Outcome.PASSED: "passed", Outcome.FAILED: "failed", Outcome.ERROR: "error"}
EXIT_MEANING = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failures found",
    Outcome.ERROR: "configuration or tool error",
}
_SEVERITIES = (*SEVERITIES, "UNKNOWN")


def duration(seconds: float) -> str:
    """``0.4 s``, ``31 s``, ``2 min 5 s``: rounded for display."""
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
    """The number of plan cases by outcome. ``from_cache`` counts those with a cached plan."""

    passed: int
    failed: int
    error: int
    from_cache: int

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.error

    def words(self) -> str:
        """``54 passed, 2 failed, 1 error, 12 from the cache``, without zero counts."""
        parts = [f"{self.passed:,} passed"] if self.passed or not self.total else []
        parts += [f"{self.failed:,} failed"] if self.failed else []
        parts += [plural(self.error, "error")] if self.error else []
        parts += [f"{self.from_cache:,} from the cache"] if self.from_cache else []
        return ", ".join(parts)


def case_count(cases: Iterable[CaseResult]) -> CaseCount:
    """Count ``cases`` by outcome."""
    cases = list(cases)
    ended = Counter(case.outcome for case in cases)
    cached = sum(case.from_cache for case in cases)
    return CaseCount(ended[Outcome.PASSED], ended[Outcome.FAILED], ended[Outcome.ERROR], cached)


def cases_by_module(cases: Iterable[CaseResult]) -> dict[str, list[CaseResult]]:
    """The cases of each module. Modules are sorted by name; cases keep their order."""
    modules: dict[str, list[CaseResult]] = {}
    for case in cases:
        modules.setdefault(module_of(case), []).append(case)
    return dict(sorted(modules.items()))


def module_of(case: CaseResult) -> str:
    # a report.json of an earlier version has no module
    return case.module or case.id.rpartition("/")[0] or case.id


def case_name(case: CaseResult) -> str:
    """The name of a case inside its module; the module for a problem of a whole file or module."""
    return case.id.removeprefix(f"{module_of(case)}/")


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of one rule of one scanner, sorted by place."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def severity(self) -> str:
        """The highest severity of the findings."""
        return min((finding.severity for finding in self.findings), key=_rank)

    @property
    def guideline(self) -> str:
        """The first guideline of the findings."""
        return next((finding.guideline for finding in self.findings if finding.guideline), "")


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)


def findings_by_rule(findings: Iterable[Finding]) -> list[FindingGroup]:
    """Group findings by rule, the most severe rule first."""
    rules: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        rules.setdefault((finding.scanner, finding.rule), []).append(finding)
    groups = [
        FindingGroup(tuple(sorted(of_rule, key=lambda f: (f.place.path, f.place.line or 0, f.address))))
        for of_rule in rules.values()
    ]
    return sorted(groups, key=lambda group: (_rank(group.severity), group.first.scanner, group.first.rule))


def covered_by(suppressed: Iterable[SuppressedFinding]) -> dict[Place, list[Finding]]:
    """The findings that each ledger entry covers, by the entry's place, which is unique."""
    covered: dict[Place, list[Finding]] = {}
    for item in suppressed:
        covered.setdefault(item.entry_place, []).append(item.finding)
    return covered


def checks(compliance: ComplianceResult) -> int:
    """The number of checks of all scanners."""
    return sum(scan.checks for scan in compliance.scans)


def headline(result: RunResult) -> str:
    """The counts of a passed run, or of the failures, on one line: ``57 cases, 1 story (9 steps) in 31 s``."""
    parts = _passed(result) if result.outcome is Outcome.PASSED else _not_passed(result)
    text = ", ".join(parts)
    return f"{text} in {duration(result.seconds['total'])}" if "total" in result.seconds else text


def verdict(result: RunResult) -> str:
    """The last line of a run: the verdict, the headline and, unless the run passed, the exit code."""
    text = f"{VERDICT[result.outcome]}: {headline(result)}"
    if result.outcome is Outcome.PASSED:
        return text
    return f"{text} (exit code {result.exit_code}: {EXIT_MEANING[result.outcome]})"


def _passed(result: RunResult) -> list[str]:
    parts: list[str] = []
    if result.cases is not None:
        parts.append(plural(len(result.cases), "case"))
    if result.stories is not None:
        steps = sum(len(story.steps) for story in result.stories)
        parts.append(f"{plural(len(result.stories), 'story', 'stories')} ({plural(steps, 'step')})")
    if result.compliance is not None:
        parts += [plural(checks(result.compliance), "check"), open_words(result.compliance)]
    if result.upgrade is not None:
        parts.append(f"upgrade from {result.upgrade.base}: {bump_words(result.upgrade)}")
    return parts


def _not_passed(result: RunResult) -> list[str]:
    parts: list[str] = []
    if result.cases is not None:
        parts += _failures([case.outcome for case in result.cases], "case", "cases", "planned")
    if result.coverage is not None:
        below = sum(module.outcome is Outcome.FAILED for module in result.coverage)
        parts += [f"coverage of {plural(below, 'module')}"] if below else []
    if result.stories is not None:
        parts += _failures([story.outcome for story in result.stories], "story", "stories", "run")
    if result.compliance is not None:
        compliance = result.compliance
        parts += [open_words(compliance)] if compliance.findings else []
        parts += [plural(len(compliance.problems), "ledger problem")] if compliance.problems else []
        parts += [f"{plural(len(compliance.errors), 'scan')} not completed"] if compliance.errors else []
        parts += ["no scan completed"] if not (compliance.scans or compliance.errors) else []
    if result.upgrade is not None:
        parts += _upgrade_failures(result.upgrade)
    parts += [plural(len(result.errors), "error")] if result.errors else []
    return parts or ["nothing was requested"]


def _upgrade_failures(upgrade: UpgradeResult) -> list[str]:
    examples = upgrade.examples or ()
    failed = len(upgrade.problems) + sum(len(example.problems) for example in examples)
    errors = len(upgrade.errors) + sum(len(example.errors) for example in examples)
    words = [plural(failed, "upgrade problem")] if failed else []
    return [*words, f"{plural(errors, 'part')} of the upgrade could not be run"] if errors else words


def bump_words(upgrade: UpgradeResult) -> str:
    """``major bump, at least 2.0.0 (planned: 2.0.0)``."""
    words = "no bump" if upgrade.bump == "none" else f"{upgrade.bump} bump"
    if upgrade.required and upgrade.bump != "none":
        words += f", at least {upgrade.required}"
    return f"{words} (planned: {upgrade.planned})" if upgrade.planned else words


def unapplied_words(upgrade: UpgradeResult) -> str:
    """``no example applies the changed modules a, b``; empty if there are none."""
    names = ", ".join(upgrade.unapplied)
    return (
        f"no example applies the changed {'module' if len(upgrade.unapplied) == 1 else 'modules'} {names}"
        if names
        else ""
    )


def action_counts(example: ExampleUpgrade) -> str:
    """``12 unchanged, 1 moved``; the note of an example that was not applied."""
    counted = Counter(resource.action for resource in example.resources)
    return (
        example.note or ", ".join(f"{count:,} {action}" for action, count in sorted(counted.items())) or "no resource"
    )


def _failures(outcomes: Sequence[Outcome], one: str, many: str, run: str) -> list[str]:
    """``2 of 57 cases failed and 1 could not be planned``; empty if all passed."""
    if not outcomes:
        return [f"no {one} found"]
    ended = Counter(outcomes)
    words = [f"{ended[Outcome.FAILED]:,} failed"] if ended[Outcome.FAILED] else []
    words += [f"{ended[Outcome.ERROR]:,} could not be {run}"] if ended[Outcome.ERROR] else []
    if not words:
        return []
    number, _, what = words[0].partition(" ")
    return [" and ".join([f"{number} of {plural(len(outcomes), one, many)} {what}", *words[1:]])]


def coverage_words(modules: Sequence[CoverageSummary]) -> str:
    """``404 of 417 covered (96.8 %)``, rounded down; or that there is nothing to cover."""
    covered, counted = sum(m.covered for m in modules), sum(m.counted for m in modules)
    if not counted:
        return NOTHING_TO_COVER
    percent = int(1000 * covered / counted) / 10
    return f"{covered:,} of {counted:,} covered ({percent:g} %)"


def story_words(stories: Sequence[StoryResult]) -> str:
    """``2 stories, 17 steps: 1 failed``."""
    if not stories:
        return "no story found"
    ended = Counter(story.outcome for story in stories)
    steps = sum(len(story.steps) for story in stories)
    text = f"{plural(len(stories), 'story', 'stories')}, {plural(steps, 'step')}"
    words = [f"{ended[Outcome.FAILED]:,} failed"] if ended[Outcome.FAILED] else []
    words += [plural(ended[Outcome.ERROR], "error")] if ended[Outcome.ERROR] else []
    return f"{text}: {', '.join(words)}" if words else text


def load_words(load: Load) -> str:
    """``69 % of 2 cores, peak memory 2.1 GB``: what the run used while stories ran; empty if not measured."""
    parts = [f"{100 * load.busy:.0f} % of {plural(load.cores, 'core')}"] if load.busy is not None else []
    parts += [f"peak memory {load.peak_bytes / 1e9:.1f} GB"] if load.peak_bytes else []
    return ", ".join(parts)


def scan_words(scan: Scan) -> str:
    """``120 checks of 14 resources in 3 plans``, or why there was nothing to check."""
    where = f" in {plural(scan.plans, 'plan')}" if scan.plans else ""
    return scan.note or f"{plural(scan.checks, 'check')} of {plural(scan.resources, 'resource')}{where}"


def open_words(compliance: ComplianceResult) -> str:
    """``3 open findings (2 below high)``, or ``3 open findings for cis`` if the run was limited to a framework."""
    below = sum(not compliance.fails(finding) for finding in compliance.findings)
    words = f" ({below:,} below {compliance.fail_on.lower()})" if below else ""
    only = f" for {compliance.framework}" if compliance.framework else ""
    return plural(len(compliance.findings), "open finding") + only + words


def undecided_words(undecided: Sequence[Finding]) -> str:
    """``3 checks of plans need values that are known after apply: RULE, RULE``."""
    rules = ", ".join(sorted({finding.rule for finding in undecided}))
    needs = "needs a value that is" if len(undecided) == 1 else "need values that are"
    return f"{plural(len(undecided), 'check')} of plans {needs} known after apply: {rules}"


def address_words(finding: Finding) -> str:
    """The address, that only the plan of a case has the finding, and the rules of other scanners that found it."""
    notes = ["only in a plan"] if finding.seen_in == ("plan",) else []
    if finding.also:
        notes.append(also_words(finding))
    return f"{finding.address} ({'; '.join(notes)})" if notes else finding.address


def also_words(finding: Finding) -> str:
    """``also tfsec aws-sqs-enable-queue-encryption``; empty if no other scanner found it."""
    return "also " + ", ".join(f"{other.scanner} {other.rule}" for other in finding.also) if finding.also else ""


def control_words(control: ControlStatus) -> str:
    """``1 open finding, 2 suppressed``, or why nothing is known of the control."""
    if not control.checked:
        return "nothing to check" if control.rules else "no rule"
    return f"{plural(control.findings, 'open finding')}, {control.accepted:,} suppressed"


def ledger_words(compliance: ComplianceResult) -> str:
    """The findings compared with the ledger. A scan that was not completed does not count as clean."""
    if not compliance.scans:
        return "no scan completed"
    entries = plural(len(compliance.entries), "ledger entry", "ledger entries")
    parts = [open_words(compliance)]
    parts.append(f"{len(compliance.suppressed):,} suppressed by {entries}")
    if compliance.retired:
        parts.append(f"{plural(len(compliance.retired), 'entry', 'entries')} no longer needed")
    if compliance.errors:
        parts.append(f"{plural(len(compliance.errors), 'scan')} not completed")
    return ", ".join(parts)


def changes_words(changes: Changes) -> str:
    """``2 new open findings, 1 fixed, 3 ledger changes``; ``no change`` if nothing is known to differ."""
    ledger = len(changes.ledger)
    parts = [
        plural(len(changes.opened), "new open finding") if changes.opened else "",
        f"{len(changes.fixed):,} fixed" if changes.fixed else "",
        f"{len(changes.accepted):,} newly suppressed" if changes.accepted else "",
        plural(ledger, "ledger change") if ledger else "",
        f"{plural(len(changes.cases_added), 'case')} added" if changes.cases_added else "",
        f"{plural(len(changes.cases_removed), 'case')} removed" if changes.cases_removed else "",
        f"coverage of {plural(len(changes.coverage), 'module')}" if changes.coverage else "",
        f"permissions of {plural(len({each.module for each in changes.permissions}), 'module')}"
        if changes.permissions
        else "",
    ]
    known = ", ".join(filter(None, parts))
    return known or ("not comparable" if changes.incomparable else "no change")


def ledger_change_words(change: LedgerChange) -> str:
    """What is different in a changed entry, or the reason of another: ``review 2027-01-01, was 2026-06-30``."""
    entry, before = change.entry, change.before
    if change.action == "expired":
        return f"review by {entry.review}"
    if before is None:
        return entry.reason
    fields = [("review", before.review, entry.review), ("owner", before.owner, entry.owner)]
    words = [f"{name} {new}, was {old}" for name, old, new in fields if old != new]
    return "; ".join([*words, *([f"reason: {entry.reason}"] if entry.reason != before.reason else [])])


def coverage_change_words(change: CoverageChange) -> str:
    """``96.8 %, was 98 %``, ``96.8 %, new`` or ``removed, was 98 %``."""
    after = "removed" if change.after is None else f"{change.after:g} %"
    return f"{after}, new" if change.before is None else f"{after}, was {change.before:g} %"


def outcome_of(parts: Iterable[CaseResult | StoryResult]) -> Outcome:
    """The outcome of a module, or of all stories, from its parts. No parts are an error."""
    outcomes = [part.outcome for part in parts]
    return worst(outcomes) if outcomes else Outcome.ERROR
