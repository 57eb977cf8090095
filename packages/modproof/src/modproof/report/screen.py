"""The summary at the end of a run, on a terminal or in a log: problems first, the verdict last."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from modproof.core.counts import plural
from modproof.core.results import (
    NOTHING_TO_COVER,
    CaseResult,
    Changes,
    ComplianceResult,
    ControlStatus,
    CoverageSummary,
    Outcome,
    Problem,
    RunResult,
    StepResult,
    StoryResult,
    UpgradeResult,
)
from modproof.report.layout import Screen
from modproof.report.problems import RunProblem, run_problems
from modproof.report.scrub import scrub, shorten
from modproof.report.tally import (
    FindingGroup,
    action_counts,
    address_words,
    bump_words,
    case_count,
    cases_by_module,
    changes_words,
    control_words,
    coverage_change_words,
    coverage_words,
    findings_by_rule,
    ledger_change_words,
    ledger_words,
    load_words,
    outcome_of,
    scan_words,
    story_words,
    unapplied_words,
    undecided_words,
    verdict,
)

__all__ = ["terminal"]

_MESSAGE_LIMIT = 4000
_STORIES_IN_FULL = 3
"""With more stories than this, only those that did not pass are shown step by step."""
_CONTROLS = 20
"""Controls of a framework that were not checked: the first ones are listed."""
_STYLE = {Outcome.PASSED: "bold green", Outcome.FAILED: "bold red", Outcome.ERROR: "bold yellow"}
_REMEDY = "change the module, or add the finding to the ledger with a reason, an owner and a review date"


def terminal(result: RunResult, console: Console) -> None:
    """Print every problem with its place and fix, the parts of the run, and the verdict."""
    _Summary(scrub(result), Screen(console)).show()


class _Summary:
    def __init__(self, result: RunResult, screen: Screen) -> None:
        self._result = result
        self._screen = screen

    def show(self) -> None:
        result = self._result
        self._problems(run_problems(result))
        if result.compliance is not None:
            self._findings(findings_by_rule(result.compliance.findings))
        if result.cases is not None:
            self._plans(result.cases)
        if result.coverage is not None:
            self._coverage(result.coverage)
        if result.stories is not None:
            self._stories(result.stories)
        if result.compliance is not None:
            self._compliance(result.compliance)
        if result.upgrade is not None:
            self._upgrade(result.upgrade)
        if result.changes is not None:
            self._changes(result.changes)
        for part, reason in result.skipped.items():
            self._screen.part(part.capitalize(), self._screen.printable(f"skipped: {reason}"), None)
        if result.skipped:
            self._screen.blank()
        self._screen.write(Text(self._screen.printable(verdict(result)), style=_STYLE[result.outcome]))

    # -- problems

    def _problems(self, found: Sequence[RunProblem]) -> None:
        if not found:
            return
        self._screen.heading(plural(len(found), "problem"))
        for each in found:
            self._problem(each.subject, each.outcome, each.problem)

    def _problem(self, subject: str, outcome: Outcome, problem: Problem) -> None:
        title = Text.assemble(self._screen.marks.of(outcome), " ", (self._screen.printable(subject), "bold"))
        self._screen.write(title, indent=2)
        if problem.place is not None:
            self._screen.place(str(problem.place))
        self._screen.write(Text(self._screen.printable(shorten(problem.message, _MESSAGE_LIMIT))), indent=4)
        if problem.hint:
            self._screen.write(Text.assemble(("fix: ", "dim"), self._screen.printable(problem.hint)), indent=4)
        self._screen.blank()

    def _findings(self, groups: Sequence[FindingGroup]) -> None:
        if not groups:
            return
        self._screen.heading(plural(sum(len(group.findings) for group in groups), "open finding"))
        for group in groups:
            first = group.first
            title = Text.assemble(
                self._screen.marks.failed,
                " ",
                (self._screen.printable(first.rule), "bold"),
                f" {first.scanner} {group.severity.lower()}",
            )
            self._screen.write(title, indent=2)
            self._screen.write(Text(self._screen.printable(first.title)), indent=4)
            for finding in group.findings:
                self._screen.place(str(finding.place), address_words(finding))
            if group.guideline:
                self._screen.write(Text(self._screen.printable(group.guideline), style="dim"), indent=4)
            self._screen.blank()
        self._screen.write(Text.assemble(("fix: ", "dim"), _REMEDY), indent=2)
        self._screen.blank()

    # -- parts

    def _plans(self, cases: Sequence[CaseResult]) -> None:
        modules = cases_by_module(cases)
        total = f"{plural(len(cases), 'case')} of {plural(len(modules), 'module')}: {case_count(cases).words()}"
        self._screen.part("Plans", total if cases else "no case found", self._result.seconds.get("plans"))
        width = max((len(module) for module in modules), default=0)
        for module, of_module in modules.items():
            text = Text(f"{self._screen.printable(module):{width}}  {case_count(of_module).words()}")
            self._screen.row(outcome_of(of_module), text, None)
        self._screen.blank()

    def _coverage(self, modules: Sequence[CoverageSummary]) -> None:
        self._screen.part("Coverage", coverage_words(modules), None)
        for module in modules:
            if module.missing or not module.counted:
                gaps = f"{module.percent:g} %, {plural(len(module.missing), 'gap')}"
                text = f"{module.module}  {gaps if module.counted else NOTHING_TO_COVER}"
                self._screen.row(module.mark, Text(self._screen.printable(text)), None)
        self._screen.blank()

    def _stories(self, stories: Sequence[StoryResult]) -> None:
        load = load_words(self._result.load) if self._result.load is not None else ""
        words = "; ".join(filter(None, (story_words(stories), load)))
        self._screen.part("Stories", words, self._result.seconds.get("stories"))
        for story in stories:
            title = Text(self._screen.printable(story.id), style="bold")
            if len(stories) > _STORIES_IN_FULL and story.outcome is Outcome.PASSED:
                self._screen.row(story.outcome, title.append(f"  {plural(len(story.steps), 'step')}"), story.seconds)
                continue
            self._screen.row(story.outcome, title, story.seconds)
            # passed asserts are numerous; the report lists all of them
            for is_passed_assert, group in groupby(story.steps, _is_passed_assert):
                steps = list(group)
                if is_passed_assert:
                    self._passed_asserts(steps)
                else:
                    self._steps(steps)
        self._screen.blank()

    def _passed_asserts(self, steps: Sequence[StepResult]) -> None:
        text = steps[0].name if len(steps) == 1 else f"{plural(len(steps), 'assert')} passed"
        seconds = sum(step.seconds for step in steps)
        self._screen.row(Outcome.PASSED, Text(self._screen.printable(text)), seconds, indent=4)

    def _steps(self, steps: Sequence[StepResult]) -> None:
        for step in steps:
            text = Text(self._screen.printable(step.name))
            text.append(f"  {self._screen.printable(shorten(' '.join(step.detail.split()), 200))}", style="dim")
            self._screen.row(step.outcome, text, step.seconds, indent=4)

    def _compliance(self, compliance: ComplianceResult) -> None:
        self._screen.part("Compliance", ledger_words(compliance), self._result.seconds.get("compliance"))
        for scan in compliance.scans:
            text = f"{scan.scanner} {scan.version}: {scan_words(scan)}"
            self._screen.row(Outcome.PASSED, Text(self._screen.printable(text)), scan.seconds)
        if compliance.undecided:
            words = undecided_words(compliance.undecided)
            self._screen.write(Text(self._screen.printable(words), style="dim"), indent=4)
        self._controls(compliance.controls)
        self._screen.blank()

    def _controls(self, controls: Sequence[ControlStatus]) -> None:
        """A line for each control of a framework that was checked, and the others together."""
        for control in controls:
            if control.checked:
                outcome = Outcome.FAILED if control.findings else Outcome.PASSED
                text = Text(self._screen.printable(f"{control.id}: {control_words(control)}"))
                self._screen.row(outcome, text.append(f"  {', '.join(control.checked)}", style="dim"), None)
        idle = [control.id for control in controls if control.rules and not control.checked]
        without = [control.id for control in controls if not control.rules]
        for names, what in ((idle, "nothing to check"), (without, "no rule")):
            if names:
                more = f" and {len(names) - _CONTROLS:,} more, in the report" if len(names) > _CONTROLS else ""
                words = f"{plural(len(names), 'control')} with {what}: {', '.join(names[:_CONTROLS])}{more}"
                self._screen.write(Text(words, style="dim"), indent=4)

    def _upgrade(self, upgrade: UpgradeResult) -> None:
        self._screen.part("Upgrade", self._screen.printable(f"from {upgrade.base}: {bump_words(upgrade)}"), None)
        for change in upgrade.interface:
            self._change(f"{change.module} {change.subject}", f"{change.bump}: {change.what}", change.reason)
        for needed in upgrade.permissions:
            self._change(needed.module, f"needs {needed}", "")
        for example in upgrade.examples or ():
            text = Text(self._screen.printable(example.id), style="bold")
            self._screen.row(example.outcome, text.append(f"  {action_counts(example)}"), example.seconds or None)
            for resource in example.resources:
                if resource.action != "unchanged":
                    from_ = f" from {resource.moved_from}" if resource.moved_from else ""
                    details = f" ({'; '.join(resource.details)})" if resource.details else ""
                    self._change(resource.name, f"{resource.action}{from_}{details}", resource.reason)
        if upgrade.unapplied:
            self._screen.write(Text(self._screen.printable(unapplied_words(upgrade))), indent=2)
        self._screen.blank()

    def _changes(self, changes: Changes) -> None:
        self._screen.part("Changes", self._screen.printable(f"since {changes.base}: {changes_words(changes)}"), None)
        for finding in changes.opened:
            self._change(f"new: {finding.rule}", f"{address_words(finding)} {finding.place}", "")
        for finding in changes.fixed:
            self._change(f"fixed: {finding.rule}", finding.address, "")
        for finding in changes.accepted:
            self._change(f"newly suppressed: {finding.rule}", finding.address, "")
        for entry in changes.ledger:
            self._change(f"ledger entry {entry.action}: {entry.entry.rule}", ledger_change_words(entry), "")
        for what, ids in (("added", changes.cases_added), ("removed", changes.cases_removed)):
            for case in ids:
                self._change(f"case {what}:", case, "")
        for module in changes.coverage:
            self._change(f"coverage of {module.module}:", coverage_change_words(module), "")
        for needed in changes.permissions:
            self._change(needed.module, f"needs {needed}", "")
        for problem in changes.incomparable:
            self._screen.write(Text(self._screen.printable(problem.message), style="dim"), indent=4)
        self._screen.blank()

    def _change(self, subject: str, what: str, reason: str) -> None:
        text = Text(self._screen.printable(subject))
        excused = f"; exception: {reason}" if reason else ""
        text.append(f"  {self._screen.printable(shorten(' '.join(f'{what}{excused}'.split()), 400))}", style="dim")
        self._screen.write(text, indent=4)


def _is_passed_assert(step: StepResult) -> bool:
    return step.asserted and step.outcome is Outcome.PASSED
