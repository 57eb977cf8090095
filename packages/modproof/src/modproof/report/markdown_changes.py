"""What changed since the base, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from modproof.core.results import Changes, Finding
from modproof.report.markdown_blocks import Blocks
from modproof.report.provenance import Provenance
from modproof.report.tally import address_words, changes_words, coverage_change_words, ledger_change_words

__all__ = ["change_blocks"]


def change_blocks(blocks: Blocks, changes: Changes, about: Provenance) -> list[str]:
    """The heading and the tables of ``changes``. Places are relative to the repository."""
    base = blocks.text(changes.base) + (f" ({blocks.code(changes.commit[:12])})" if changes.commit else "")
    found = [f"### Changes since {base}: {changes_words(changes)}"]
    if changes.opened:
        found.append(_findings(blocks, "New open findings", changes.opened, about))
    if changes.accepted:
        table = _findings(blocks, "", changes.accepted, about)
        found.append(blocks.details(f"{len(changes.accepted):,} newly suppressed", table))
    if changes.fixed:
        found.append(blocks.details(f"{len(changes.fixed):,} fixed", _findings(blocks, "", changes.fixed, about)))
    if changes.ledger:
        found.append(_ledger(blocks, changes))
    found += [
        *_list(blocks, "Cases added", changes.cases_added),
        *_list(blocks, "Cases removed", changes.cases_removed),
    ]
    if changes.coverage:
        rows = [(blocks.code(each.module), coverage_change_words(each)) for each in changes.coverage]
        found.append(blocks.table(["Module", "Coverage"], rows, list))
    if changes.permissions:
        found.append(
            blocks.table(
                ["Module", "Permissions", "In addition", "No longer"],
                changes.permissions,
                lambda each: [
                    blocks.code(each.module),
                    f"to {each.phase}",
                    blocks.text(", ".join(each.added)),
                    blocks.text(", ".join(each.removed)),
                ],
            )
        )
    return [*found, *(f"⚠️ {blocks.text(problem.message)}" for problem in changes.incomparable)]


def _findings(blocks: Blocks, title: str, findings: Sequence[Finding], about: Provenance) -> str:
    table = blocks.table(
        ["Severity", "Rule", "Title", "Resource", "Place"],
        findings,
        lambda finding: [
            blocks.text(finding.severity.lower()),
            f"{blocks.code(finding.rule)} {blocks.text(finding.scanner)}",
            blocks.text(finding.title),
            blocks.code(address_words(finding)),
            blocks.code(about.place(finding.place)),
        ],
    )
    return f"**{title}**\n\n{table}" if title else table


def _ledger(blocks: Blocks, changes: Changes) -> str:
    return blocks.table(
        ["Ledger entry", "Rule", "Description", "Change", "Owner", "Review by"],
        changes.ledger,
        lambda change: [
            change.action,
            f"{blocks.code(change.entry.rule)} {blocks.text(change.entry.scanner)}",
            blocks.text(change.entry.description),
            blocks.text(ledger_change_words(change)),
            blocks.text(change.entry.owner),
            blocks.text(change.entry.review),
        ],
    )


def _list(blocks: Blocks, title: str, ids: Sequence[str]) -> list[str]:
    if not ids:
        return []
    shown = ", ".join(blocks.code(each) for each in ids[: blocks.rows])
    more = f" and {len(ids) - blocks.rows:,} more" if len(ids) > blocks.rows else ""
    return [f"{title}: {shown}{more}"]
