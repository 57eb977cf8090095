"""``modproof up``: run the emulator for manual use."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from modproof import emulator, report
from modproof.cli.options import HERE, ProjectOption
from modproof.cli.stopping import Stopped
from modproof.core.errors import EmulatorError
from modproof.core.project import Project

__all__ = ["up_command"]

PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="The loopback port; a free one by default.")]


def up_command(project: ProjectOption = HERE, port: PortOption = None) -> None:
    """Run the emulator until Ctrl-C, for manual use."""
    console = report.console_for()
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        emulator.running(Project.find(project), progress=progress, port=port) as server,
    ):
        settings = {
            "AWS_ENDPOINT_URL": server.endpoint_url,
            "AWS_ACCESS_KEY_ID": server.new_account(),
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
        }
        try:
            console.print("In another shell (press Ctrl-C here to stop the emulator):", highlight=False)
            for name, value in settings.items():
                console.print(f"export {name}={value}", soft_wrap=True, highlight=False)
            while server.alive():
                time.sleep(0.5)
        except Stopped:
            return  # the normal end
    raise EmulatorError("the emulator stopped unexpectedly", hint=f"end of its log: {server.log_tail()}")
