"""report.md: the run in GitHub's Markdown, for a pull request or the summary page of a CI job."""

from __future__ import annotations

from collections.abc import Iterable

from modproof.core.counts import plural
from modproof.core.results import ComplianceResult, Finding, RunResult, Scan, UpgradeResult
from modproof.report.markdown_blocks import MARK, Blocks, fitting
from modproof.report.markdown_changes import change_blocks
from modproof.report.problems import run_problems
from modproof.report.provenance import Provenance
from modproof.report.tally import (
    EXIT_MEANING,
    VERDICT,
    action_counts,
    address_words,
    bump_words,
    case_count,
    cases_by_module,
    checks,
    control_words,
    coverage_words,
    covered_by,
    duration,
    findings_by_rule,
    headline,
    ledger_words,
    outcome_of,
    story_words,
    unapplied_words,
    undecided_words,
)

__all__ = ["LIMIT_BYTES", "render"]

LIMIT_BYTES = 1_000_000
"""GitHub rejects a step summary larger than 1 MiB
(https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits)."""


def render(result: RunResult, about: Provenance) -> str:
    """``result``, which must be scrubbed, as Markdown of at most LIMIT_BYTES.

    Above that limit, long lists are truncated, with the number of omitted items.
    """
    return fitting(lambda *limits: _Page(result, about, *limits).page(), 1000, 2000, LIMIT_BYTES)


class _Page(Blocks):
    def __init__(self, result: RunResult, about: Provenance, rows: int, characters: int) -> None:
        super().__init__(rows, characters)
        self._result = result
        self._about = about

    def page(self) -> str:
        result, about = self._result, self._about
        blocks = [
            f"## {MARK[result.outcome]} {self.text(about.project)}: {VERDICT[result.outcome]}",
            f"{self.text(headline(result))}. Exit code {result.exit_code}: {EXIT_MEANING[result.outcome]}.",
            f"Revision {self.code(about.revision_words)}, {about.date}, modproof {self.text(about.modproof)}.",
            *self._problems(),
        ]
        if result.changes is not None:
            blocks += change_blocks(self, result.changes, about)
        if result.compliance is not None:
            blocks += self._findings(result.compliance)
            blocks += self._ledger(result.compliance)
        blocks += self._plans()
        blocks += self._coverage()
        blocks += self._stories()
        if result.upgrade is not None:
            blocks += self._upgrade(result.upgrade)
        blocks += [f"### {part.capitalize()}: skipped, {self.text(why)}" for part, why in result.skipped.items()]
        if result.compliance is not None:
            blocks += self._scans(result.compliance)
        if result.versions:
            tools = self.table(["Tool", "Version"], result.versions.items(), lambda item: [*map(self.text, item)])
            blocks.append(tools)
        return "\n\n".join(blocks) + "\n"

    def _problems(self) -> list[str]:
        found = run_problems(self._result)
        if not found:
            return []
        lines = []
        for each in found[: self.rows]:
            problem = each.problem
            place = f" {self.code(str(problem.place))}" if problem.place else ""
            hint = f"<br>Fix: {self.text(problem.hint)}" if problem.hint else ""
            heading = f"{MARK[each.outcome]} **{self.text(each.subject)}**{place}"
            lines.append(f"- {heading}<br>{self.text(problem.message)}{hint}")
        return [f"### {plural(len(found), 'problem').capitalize()}", "\n".join([*lines, *self.more(len(found))])]

    def _findings(self, compliance: ComplianceResult) -> list[str]:
        heading = f"### Compliance: {ledger_words(compliance)}"
        if not compliance.findings:
            return [heading]
        ordered = [finding for group in findings_by_rule(compliance.findings) for finding in group.findings]
        return [
            heading,
            self.table(
                ["Severity", "Rule", "Title", "Resource", "Place"],
                ordered,
                lambda f: [
                    self.text(f.severity.lower()),
                    f"{self.code(f.rule)} {self.text(f.scanner)}",
                    self.text(f.title),
                    self.code(address_words(f)),
                    self.code(str(f.place)),
                ],
            ),
        ]

    def _ledger(self, compliance: ComplianceResult) -> list[str]:
        covered = covered_by(compliance.suppressed)
        blocks = []
        if compliance.entries:
            table = self.table(
                ["Rule", "Description", "Reason", "Owner", "Review by", "Covers"],
                compliance.entries,
                lambda e: [
                    f"{self.code(e.rule)} {self.text(e.scanner)}",
                    self.text(e.description),
                    self.text(e.reason),
                    self.text(e.owner),
                    self.text(e.review),
                    f"{e.covers:,}: {self._addresses(covered.get(e.place, []))}",
                ],
            )
            summary = (
                f"{plural(len(compliance.suppressed), 'finding')} suppressed by "
                f"{plural(len(compliance.entries), 'ledger entry', 'ledger entries')}"
            )
            blocks.append(self.details(summary, table))
        if compliance.retired:
            table = self.table(
                ["Rule", "Description", "Why it is no longer needed"],
                compliance.retired,
                lambda e: [
                    f"{self.code(e.rule)} {self.text(e.scanner)}",
                    self.text(e.description),
                    self.text(e.because),
                ],
            )
            summary = f"{plural(len(compliance.retired), 'ledger entry', 'ledger entries')} no longer needed"
            blocks.append(self.details(summary, table))
        return blocks

    def _addresses(self, findings: Iterable[Finding]) -> str:
        addresses = sorted({finding.address for finding in findings})
        more = [f"and {len(addresses) - self.rows:,} more"] if len(addresses) > self.rows else []
        return ", ".join([*(self.code(address) for address in addresses[: self.rows]), *more])

    def _plans(self) -> list[str]:
        cases = self._result.cases
        if not cases:
            return []
        table = self.table(
            ["", "Module", "Cases"],
            cases_by_module(cases).items(),
            lambda item: [MARK[outcome_of(item[1])], self.code(item[0]), case_count(item[1]).words()],
        )
        return [f"### Plans: {case_count(cases).words()}{self._in('plans')}", table]

    def _coverage(self) -> list[str]:
        modules = self._result.coverage
        if not modules:
            return []
        table = self.table(
            ["", "Module", "Covered", "Gate", "Gaps"],
            modules,
            lambda module: [
                MARK[module.mark] if module.mark else "",
                self.code(module.module),
                module.words(),
                "" if module.gate is None else f"{module.gate:g} %",
                str(len(module.missing)),
            ],
        )
        return [f"### Coverage: {coverage_words(modules)}", table]

    def _stories(self) -> list[str]:
        blocks = []
        for story in self._result.stories or []:
            table = self.table(
                ["", "Step", "Seconds", "Detail"],
                story.steps,
                lambda s: [MARK[s.outcome], self.text(s.name), f"{s.seconds:.1f}", self.text(s.detail)],
            )
            summary = f"{MARK[story.outcome]} {self.text(story.id)}: {plural(len(story.steps), 'step')}"
            blocks.append(self.details(f"{summary} in {duration(story.seconds)}", table))
        heading = f"### Stories: {story_words(self._result.stories or [])}{self._in('stories')}"
        return [heading, *blocks] if blocks else []

    def _upgrade(self, upgrade: UpgradeResult) -> list[str]:
        blocks = [f"### Upgrade from {self.text(upgrade.base)}: {self.text(bump_words(upgrade))}"]
        if upgrade.interface:
            blocks.append(
                self.table(
                    ["Module", "Subject", "Change", "Bump", "Exception"],
                    upgrade.interface,
                    lambda c: [
                        self.code(c.module),
                        self.code(c.subject),
                        self.text(c.what),
                        c.bump,
                        self.text(c.reason),
                    ],
                )
            )
        if upgrade.permissions:
            blocks.append(
                self.table(
                    ["Module", "Permissions", "In addition", "No longer"],
                    upgrade.permissions,
                    lambda p: [
                        self.code(p.module),
                        f"to {p.phase}",
                        self.text(", ".join(p.added)),
                        self.text(", ".join(p.removed)),
                    ],
                )
            )
        for example in upgrade.examples or ():
            changed = [resource for resource in example.resources if resource.action != "unchanged"]
            summary = f"{MARK[example.outcome]} {self.text(example.id)}: {self.text(action_counts(example))}"
            table = self.table(
                ["Resource", "Action", "Attributes", "Exception"],
                changed,
                lambda r: [
                    self.code(r.name),
                    self.text(f"{r.action} from {r.moved_from}" if r.moved_from else r.action),
                    self.text("; ".join(r.details)),
                    self.text(r.reason),
                ],
            )
            blocks.append(self.details(summary, table if changed else "No resource changes."))
        return [*blocks, self.text(unapplied_words(upgrade))] if upgrade.unapplied else blocks

    def _scans(self, compliance: ComplianceResult) -> list[str]:
        table = self.table(
            ["Scanner", "Checks", "Resources", "Seconds"],
            compliance.scans,
            lambda s: [self.text(_scanner(s)), f"{s.checks:,}", f"{s.resources:,}", f"{s.seconds:.1f}"],
        )
        blocks = [f"### Scans: {plural(checks(compliance), 'check')}{self._in('compliance')}", table]
        if compliance.undecided:
            undecided = self.table(
                ["Rule", "Title", "Resource", "Place"],
                compliance.undecided,
                lambda f: [
                    f"{self.code(f.rule)} {self.text(f.scanner)}",
                    self.text(f.title),
                    self.code(f.address),
                    self.code(str(f.place)),
                ],
            )
            blocks.append(self.details(self.text(undecided_words(compliance.undecided)), undecided))
        if compliance.controls:
            table = self.table(
                ["Control", "Findings", "Rules"],
                compliance.controls,
                lambda c: [self.text(c.id), self.text(control_words(c)), self.text(", ".join(c.checked or c.rules))],
            )
            checked = sum(bool(control.checked) for control in compliance.controls)
            title = f"{checked:,} of {plural(len(compliance.controls), 'control')} of {compliance.framework} checked"
            blocks.append(self.details(self.text(title), table))
        return blocks

    def _in(self, part: str) -> str:
        seconds = self._result.seconds.get(part)
        return "" if seconds is None else f" in {duration(seconds)}"


def _scanner(scan: Scan) -> str:
    where = [plural(scan.plans, "plan")] if scan.plans else []
    more = ", ".join([*where, *([scan.note] if scan.note else [])])
    return f"{scan.scanner} {scan.version}" + (f" ({more})" if more else "")
