"""report.md: the run in GitHub's Markdown, for a pull request or the summary page of a CI job."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from modproof.core.counts import plural
from modproof.core.results import ComplianceResult, Finding, Outcome, RunResult, Scan, UpgradeResult
from modproof.report.problems import run_problems
from modproof.report.provenance import Provenance
from modproof.report.scrub import shorten
from modproof.report.tally import (
    EXIT_MEANING,
    VERDICT,
    action_counts,
    address_words,
    bump_words,
    case_count,
    cases_by_module,
    checks,
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

T = TypeVar("T")

_MARK = {Outcome.PASSED: "✅", Outcome.FAILED: "❌", Outcome.ERROR: "⚠️"}
# characters that start emphasis, code, links, cells, references and, on GitHub, mathematics; an underscore in a word
# does not
_SPECIAL = re.compile(r"([\\`*{}\[\]#|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")


def render(result: RunResult, about: Provenance) -> str:
    """``result``, which must be scrubbed, as Markdown of at most LIMIT_BYTES.

    Above that limit, long lists are truncated, with the number of omitted items.
    """
    rows, characters = 1000, 2000
    while True:
        text = _Page(result, about, rows, characters).text()
        if len(text.encode()) <= LIMIT_BYTES or rows == 1:
            return text
        rows, characters = max(rows // 2, 1), max(characters // 2, 100)


class _Page:
    def __init__(self, result: RunResult, about: Provenance, rows: int, characters: int) -> None:
        self._result = result
        self._about = about
        self._rows = rows
        self._characters = characters

    def text(self) -> str:
        result, about = self._result, self._about
        blocks = [
            f"## {_MARK[result.outcome]} {self._text(about.project)}: {VERDICT[result.outcome]}",
            f"{self._text(headline(result))}. Exit code {result.exit_code}: {EXIT_MEANING[result.outcome]}.",
            f"Revision {self._code(about.revision_words)}, {about.date}, modproof {self._text(about.modproof)}.",
            *self._problems(),
        ]
        if result.compliance is not None:
            blocks += self._findings(result.compliance)
            blocks += self._ledger(result.compliance)
        blocks += self._plans()
        blocks += self._coverage()
        blocks += self._stories()
        if result.upgrade is not None:
            blocks += self._upgrade(result.upgrade)
        blocks += [f"### {part.capitalize()}: skipped, {self._text(why)}" for part, why in result.skipped.items()]
        if result.compliance is not None:
            blocks += self._scans(result.compliance)
        if result.versions:
            tools = self._table(["Tool", "Version"], result.versions.items(), lambda item: [*map(self._text, item)])
            blocks.append(tools)
        return "\n\n".join(blocks) + "\n"

    def _problems(self) -> list[str]:
        found = run_problems(self._result)
        if not found:
            return []
        lines = []
        for each in found[: self._rows]:
            problem = each.problem
            place = f" {self._code(str(problem.place))}" if problem.place else ""
            hint = f"<br>Fix: {self._text(problem.hint)}" if problem.hint else ""
            heading = f"{_MARK[each.outcome]} **{self._text(each.subject)}**{place}"
            lines.append(f"- {heading}<br>{self._text(problem.message)}{hint}")
        return [f"### {plural(len(found), 'problem').capitalize()}", "\n".join([*lines, *self._more(len(found))])]

    def _findings(self, compliance: ComplianceResult) -> list[str]:
        heading = f"### Compliance: {ledger_words(compliance)}"
        if not compliance.findings:
            return [heading]
        ordered = [finding for group in findings_by_rule(compliance.findings) for finding in group.findings]
        return [
            heading,
            self._table(
                ["Severity", "Rule", "Title", "Resource", "Place"],
                ordered,
                lambda f: [
                    self._text(f.severity.lower()),
                    f"{self._code(f.rule)} {self._text(f.scanner)}",
                    self._text(f.title),
                    self._code(address_words(f)),
                    self._code(str(f.place)),
                ],
            ),
        ]

    def _ledger(self, compliance: ComplianceResult) -> list[str]:
        covered = covered_by(compliance.suppressed)
        blocks = []
        if compliance.entries:
            table = self._table(
                ["Rule", "Description", "Reason", "Owner", "Review by", "Covers"],
                compliance.entries,
                lambda e: [
                    f"{self._code(e.rule)} {self._text(e.scanner)}",
                    self._text(e.description),
                    self._text(e.reason),
                    self._text(e.owner),
                    self._text(e.review),
                    f"{e.covers:,}: {self._addresses(covered.get(e.place, []))}",
                ],
            )
            summary = (
                f"{plural(len(compliance.suppressed), 'finding')} suppressed by "
                f"{plural(len(compliance.entries), 'ledger entry', 'ledger entries')}"
            )
            blocks.append(self._details(summary, table))
        if compliance.retired:
            table = self._table(
                ["Rule", "Description", "Why it is no longer needed"],
                compliance.retired,
                lambda e: [
                    f"{self._code(e.rule)} {self._text(e.scanner)}",
                    self._text(e.description),
                    self._text(e.because),
                ],
            )
            summary = f"{plural(len(compliance.retired), 'ledger entry', 'ledger entries')} no longer needed"
            blocks.append(self._details(summary, table))
        return blocks

    def _addresses(self, findings: Iterable[Finding]) -> str:
        addresses = sorted({finding.address for finding in findings})
        more = [f"and {len(addresses) - self._rows:,} more"] if len(addresses) > self._rows else []
        return ", ".join([*(self._code(address) for address in addresses[: self._rows]), *more])

    def _plans(self) -> list[str]:
        cases = self._result.cases
        if not cases:
            return []
        table = self._table(
            ["", "Module", "Cases"],
            cases_by_module(cases).items(),
            lambda item: [_MARK[outcome_of(item[1])], self._code(item[0]), case_count(item[1]).words()],
        )
        return [f"### Plans: {case_count(cases).words()}{self._in('plans')}", table]

    def _coverage(self) -> list[str]:
        modules = self._result.coverage
        if not modules:
            return []
        table = self._table(
            ["", "Module", "Covered", "Gate", "Gaps"],
            modules,
            lambda module: [
                _MARK[module.mark] if module.mark else "",
                self._code(module.module),
                module.words(),
                "" if module.gate is None else f"{module.gate:g} %",
                str(len(module.missing)),
            ],
        )
        return [f"### Coverage: {coverage_words(modules)}", table]

    def _stories(self) -> list[str]:
        blocks = []
        for story in self._result.stories or []:
            table = self._table(
                ["", "Step", "Seconds", "Detail"],
                story.steps,
                lambda s: [_MARK[s.outcome], self._text(s.name), f"{s.seconds:.1f}", self._text(s.detail)],
            )
            summary = f"{_MARK[story.outcome]} {self._text(story.id)}: {plural(len(story.steps), 'step')}"
            blocks.append(self._details(f"{summary} in {duration(story.seconds)}", table))
        heading = f"### Stories: {story_words(self._result.stories or [])}{self._in('stories')}"
        return [heading, *blocks] if blocks else []

    def _upgrade(self, upgrade: UpgradeResult) -> list[str]:
        blocks = [f"### Upgrade from {self._text(upgrade.base)}: {self._text(bump_words(upgrade))}"]
        if upgrade.interface:
            blocks.append(
                self._table(
                    ["Module", "Subject", "Change", "Bump", "Exception"],
                    upgrade.interface,
                    lambda c: [
                        self._code(c.module),
                        self._code(c.subject),
                        self._text(c.what),
                        c.bump,
                        self._text(c.reason),
                    ],
                )
            )
        if upgrade.permissions:
            blocks.append(
                self._table(
                    ["Module", "Permissions", "In addition", "No longer"],
                    upgrade.permissions,
                    lambda p: [
                        self._code(p.module),
                        f"to {p.phase}",
                        self._text(", ".join(p.added)),
                        self._text(", ".join(p.removed)),
                    ],
                )
            )
        for example in upgrade.examples or ():
            changed = [resource for resource in example.resources if resource.action != "unchanged"]
            summary = f"{_MARK[example.outcome]} {self._text(example.id)}: {self._text(action_counts(example))}"
            table = self._table(
                ["Resource", "Action", "Attributes", "Exception"],
                changed,
                lambda r: [
                    self._code(r.name),
                    self._text(f"{r.action} from {r.moved_from}" if r.moved_from else r.action),
                    self._text("; ".join(r.details)),
                    self._text(r.reason),
                ],
            )
            blocks.append(self._details(summary, table if changed else "No resource changes."))
        return [*blocks, self._text(unapplied_words(upgrade))] if upgrade.unapplied else blocks

    def _scans(self, compliance: ComplianceResult) -> list[str]:
        table = self._table(
            ["Scanner", "Checks", "Resources", "Seconds"],
            compliance.scans,
            lambda s: [self._text(_scanner(s)), f"{s.checks:,}", f"{s.resources:,}", f"{s.seconds:.1f}"],
        )
        blocks = [f"### Scans: {plural(checks(compliance), 'check')}{self._in('compliance')}", table]
        if compliance.undecided:
            undecided = self._table(
                ["Rule", "Title", "Resource", "Place"],
                compliance.undecided,
                lambda f: [
                    f"{self._code(f.rule)} {self._text(f.scanner)}",
                    self._text(f.title),
                    self._code(f.address),
                    self._code(str(f.place)),
                ],
            )
            blocks.append(self._details(self._text(undecided_words(compliance.undecided)), undecided))
        return blocks

    def _in(self, part: str) -> str:
        seconds = self._result.seconds.get(part)
        return "" if seconds is None else f" in {duration(seconds)}"

    def _table(self, head: Sequence[str], rows: Iterable[T], cells: Callable[[T], list[str]]) -> str:
        rows = list(rows)
        lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
        lines += [f"| {' | '.join(cells(row))} |" for row in rows[: self._rows]]
        return "\n".join(lines + [f"\n{line}" for line in self._more(len(rows))])

    def _more(self, count: int) -> list[str]:
        return [f"- and {count - self._rows:,} more, in report.json"] if count > self._rows else []

    def _details(self, summary: str, content: str) -> str:
        return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"

    def _text(self, text: str) -> str:
        """``text`` escaped, so that it is neither Markdown nor HTML, on one line of the source."""
        text = shorten(text, self._characters)
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return "<br>".join(self._line(line) for line in text.strip().split("\n"))

    def _line(self, line: str) -> str:
        words = line.strip()
        indent = len(line) - len(line.lstrip())
        return "&nbsp;" * indent + _SPECIAL.sub(r"\\\1", words)

    def _code(self, text: str) -> str:
        """``text`` as HTML code: a Markdown code span cannot contain every text in a table."""
        return f"<code>{self._text(text)}</code>" if text else ""


def _scanner(scan: Scan) -> str:
    where = [plural(scan.plans, "plan")] if scan.plans else []
    more = ", ".join([*where, *([scan.note] if scan.note else [])])
    return f"{scan.scanner} {scan.version}" + (f" ({more})" if more else "")
