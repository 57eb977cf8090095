"""What ``modproof doctor`` prints: each thing that a run needs, where it is, and what mends what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from modproof.core.results import Outcome
from modproof.report.layout import Screen
from modproof.report.scrub import scrub
from modproof.report.tally import plural
from modproof.toolchain import ToolStatus
from modproof.toolchain.status import State

__all__ = ["tools"]

_OUTCOME = {State.READY: Outcome.PASSED, State.ON_DEMAND: Outcome.ERROR, State.MISSING: Outcome.FAILED}


def tools(statuses: Sequence[ToolStatus], console: Console) -> None:
    """Print ``statuses`` in their order and, last, whether a run has what it needs."""
    screen = Screen(console)
    statuses = [scrub(status) for status in statuses]
    for status in statuses:
        _tool(status, screen)
    missing = [status.name for status in statuses if not status.ok]
    if missing:
        verdict = f"not ready: {plural(len(missing), 'thing')} missing ({', '.join(missing)})"
        screen.write(Text(screen.can(verdict), style="bold red"))
    else:
        screen.write(Text("ready: a run has all that it needs, or installs it", style="bold green"))


def _tool(status: ToolStatus, screen: Screen) -> None:
    title = Text.assemble((screen.can(status.name), "bold"), f" {screen.can(status.version)}".rstrip())
    if status.state is State.ON_DEMAND:
        title.append("  installed when it is first needed")
    elif status.state is State.MISSING:
        title.append("  not usable" if status.version else "  not there")
    title.append(f"  {screen.can(status.purpose)}", style="dim")
    screen.row(_OUTCOME[status.state], title)
    if status.where:
        screen.place(status.where)
    if status.state is not State.READY:
        screen.write(Text(screen.can(f"wanted: {status.wanted}")), indent=4)
    if status.note:
        screen.write(Text(screen.can(status.note)), indent=4)
    if status.command:
        label = "to have it now: " if status.ok else "to mend it: "
        screen.whole(Text.assemble((label, "dim"), screen.can(status.command)))
