"""Stands in for chown: whoever runs the tests need not be root, nor have a user called ec2-user."""

from __future__ import annotations

import os
import sys
from pathlib import Path

with (Path(os.environ["STUB_STAGE"]) / "chown-calls").open("a") as stream:
    stream.write(" ".join(sys.argv[1:]) + "\n")
