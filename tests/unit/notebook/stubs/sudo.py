"""Stub of sudo: run the command as the current user, in the home folder of the simulated ec2-user."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    stage = Path(os.environ["STUB_STAGE"])
    arguments = sys.argv[1:]
    if (stage / "sudo-refuses").exists():
        sys.exit("sudo: a password is required")
    if arguments[:3] != ["-u", "ec2-user", "-H"]:
        sys.exit(f"sudo: not as expected: {arguments}")
    command = arguments[3:]
    os.execvpe(command[0], command, {**os.environ, "HOME": str(stage / "home"), "STUB_USER": "ec2-user"})


main()
