from __future__ import annotations

import io

from rich.console import Console

from modproof import report
from modproof.toolchain import ToolStatus
from modproof.toolchain.status import State

READY = ToolStatus("terraform", State.READY, "plans and applies", ">= 1.9", "/usr/bin/terraform", "1.11.4")
LATER = ToolStatus("tfsec", State.ON_DEMAND, "scans", "1.28.14", command="modproof doctor --install")
MISSING = ToolStatus(
    "hashicorp/aws", State.MISSING, "the provider", ">= 5.83, < 7", version="4.0.0", command="mirror it", note="too old"
)


def shown(*statuses: ToolStatus) -> str:
    file = io.StringIO()
    report.tools(statuses, Console(file=file, width=80, _environ={}))
    return file.getvalue()


def test_tools_says_where_each_is_and_what_mends_it() -> None:
    assert shown(READY, LATER, MISSING) == (
        "  ✓ terraform 1.11.4  plans and applies\n"
        "    /usr/bin/terraform\n"
        "  ! tfsec  installed when it is first needed  scans\n"
        "    wanted: 1.28.14\n"
        "    to have it now: modproof doctor --install\n"
        "  ✗ hashicorp/aws 4.0.0  not usable  the provider\n"
        "    wanted: >= 5.83, < 7\n"
        "    too old\n"
        "    to mend it: mirror it\n"
        "not ready: 1 thing missing (hashicorp/aws)\n"
    )


def test_tools_says_when_all_is_there() -> None:
    assert shown(READY, LATER).endswith("ready: a run has all that it needs, or installs it\n")
