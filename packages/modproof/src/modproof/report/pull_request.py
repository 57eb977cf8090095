"""pull-request.md: the verdict and what changed since the base, short enough for a comment on a pull request."""

from __future__ import annotations

from modproof.core.counts import plural
from modproof.core.results import Changes, RunResult
from modproof.report.markdown_blocks import MARK, Blocks, fitting
from modproof.report.markdown_changes import change_blocks
from modproof.report.problems import run_problems
from modproof.report.provenance import Provenance
from modproof.report.tally import EXIT_MEANING, VERDICT, headline

__all__ = ["LIMIT_BYTES", "MARKER", "render"]

LIMIT_BYTES = 40_000
"""GitHub rejects a comment of more than 65,536 characters, and the job summary also gets report.md."""
MARKER = "<!-- modproof -->"
"""The first line, by which a workflow finds its earlier comment."""
_ROWS, _CHARACTERS = 20, 500


def render(result: RunResult, changes: Changes, about: Provenance) -> str:
    """``result`` and its ``changes``, which must be scrubbed, as Markdown of at most LIMIT_BYTES."""
    return fitting(lambda *limits: _page(result, changes, about, Blocks(*limits)), _ROWS, _CHARACTERS, LIMIT_BYTES)


def _page(result: RunResult, changes: Changes, about: Provenance, blocks: Blocks) -> str:
    parts = [
        MARKER,
        f"## {MARK[result.outcome]} {blocks.text(about.project)}: {VERDICT[result.outcome]}",
        f"{blocks.text(headline(result))}. Exit code {result.exit_code}: {EXIT_MEANING[result.outcome]}.",
        *change_blocks(blocks, changes, about),
        *_problems(result, about, blocks),
    ]
    return "\n\n".join(parts) + "\n"


def _problems(result: RunResult, about: Provenance, blocks: Blocks) -> list[str]:
    found = run_problems(result)
    if not found:
        return []
    table = blocks.table(
        ["", "Problem", "Place", "Message"],
        found,
        lambda each: [
            MARK[each.outcome],
            blocks.text(each.subject),
            blocks.code(about.place(each.problem.place)) if each.problem.place else "",
            blocks.text(each.problem.message),
        ],
    )
    return [f"### {plural(len(found), 'problem').capitalize()}", table]
