"""The output of ``modproof doctor``: each prerequisite, where it was found, and how to fix what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from modproof.core.counts import plural
from modproof.core.results import Outcome
from modproof.report.layout import Screen
from modproof.report.scrub import scrub
from modproof.toolchain import ToolStatus
from modproof.toolchain.status import State

__all__ = ["tools"]

_OUTCOME = {State.READY: Outcome.PASSED, State.ON_DEMAND: Outcome.ERROR, State.MISSING: Outcome.FAILED}


def tools(statuses: Sequence[ToolStatus], console: Console) -> None:
    """Print ``statuses`` in their order and, last, whether all prerequisites are met."""
    screen = Screen(console)
    statuses = [scrub(status) for status in statuses]
    for status in statuses:
        _tool(status, screen)
    missing = [status.name for status in statuses if not status.ok]
    if missing:
        verdict = f"not ready: {plural(len(missing), 'prerequisite')} missing ({', '.join(missing)})"
        screen.write(Text(screen.printable(verdict), style="bold red"))
    else:
        screen.write(Text("ready: all prerequisites are installed, or are installed on first use", style="bold green"))


def _tool(status: ToolStatus, screen: Screen) -> None:
    title = Text.assemble((screen.printable(status.name), "bold"), f" {screen.printable(status.version)}".rstrip())
    if status.state is State.ON_DEMAND:
        title.append("  installed on first use")
    elif status.state is State.MISSING:
        title.append("  not usable" if status.version else "  not found")
    title.append(f"  {screen.printable(status.purpose)}", style="dim")
    screen.row(_OUTCOME[status.state], title)
    if status.where:
        screen.place(status.where)
    if status.state is not State.READY:
        screen.write(Text(screen.printable(f"required: {status.wanted}")), indent=4)
    if status.note:
        screen.write(Text(screen.printable(status.note)), indent=4)
    if status.command:
        label = "install now: " if status.ok else "fix: "
        screen.unwrapped(Text.assemble((label, "dim"), screen.printable(status.command)))
