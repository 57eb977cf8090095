"""Stub of chown, so that the tests need neither root nor a user called ec2-user."""

from __future__ import annotations

import os
import sys
from pathlib import Path

with (Path(os.environ["STUB_STAGE"]) / "chown-calls").open("a") as stream:
    stream.write(" ".join(sys.argv[1:]) + "\n")
