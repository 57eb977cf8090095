from __future__ import annotations

import io

from rich.console import Console

from modproof import report
from modproof.toolchain import ToolStatus
from modproof.toolchain.status import State

READY = ToolStatus("terraform", State.READY, "plans and applies", ">= 1.9", "/usr/bin/terraform", "1.11.4")
LATER = ToolStatus("tfsec", State.ON_DEMAND, "scans", "1.28.14", command="modproof doctor --install")
MISSING = ToolStatus(
    "hashicorp/aws",
    State.MISSING,
    "the provider",
    ">= 5.99.1, < 7.0",
    version="4.0.0",
    command="mirror it",
    note="too old",
)


def shown(*statuses: ToolStatus) -> str:
    file = io.StringIO()
    report.tools(statuses, Console(file=file, width=80, _environ={}))
    return file.getvalue()


def test_tools_shows_the_place_and_the_fix_of_each_prerequisite() -> None:
    assert shown(READY, LATER, MISSING) == (
        "  ✓ terraform 1.11.4  plans and applies\n"
        "    /usr/bin/terraform\n"
        "  ! tfsec  installed on first use  scans\n"
        "    required: 1.28.14\n"
        "    install now: modproof doctor --install\n"
        "  ✗ hashicorp/aws 4.0.0  not usable  the provider\n"
        "    required: >= 5.99.1, < 7.0\n"
        "    too old\n"
        "    fix: mirror it\n"
        "not ready: 1 prerequisite missing (hashicorp/aws)\n"
    )


def test_tools_says_when_all_prerequisites_are_met() -> None:
    assert shown(READY, LATER).endswith("ready: all prerequisites are installed, or are installed on first use\n")
