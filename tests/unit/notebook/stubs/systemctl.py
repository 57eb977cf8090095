"""Stub of systemctl: note the commands; the unit files must exist before systemd reads them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

STAGE = Path(os.environ["STUB_STAGE"])
with (STAGE / "systemctl-calls").open("a") as stream:
    stream.write(" ".join(sys.argv[1:]) + "\n")
if (STAGE / "systemd-refuses").exists():
    sys.exit("Failed to connect to bus: No such file or directory")
