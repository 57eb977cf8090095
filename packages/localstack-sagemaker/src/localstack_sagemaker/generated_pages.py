"""The command line of the modules that generate a page of the documentation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["print_check_or_write"]


def print_check_or_write(text: str, command: str, arguments: Sequence[str]) -> int:
    """Print ``text``, or check or write a file, as ``arguments`` say; returns the exit code, 1 for an outdated file.

    ``command`` writes the file: ``python -m MODULE --write FILE``.
    """
    parser = argparse.ArgumentParser(prog=command.partition(" --")[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", type=Path, metavar="FILE", help="exit with 1 if FILE is out of date")
    mode.add_argument("--write", type=Path, metavar="FILE", help="write the page to FILE")
    options = parser.parse_args(arguments)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    elif not options.check:
        sys.stdout.write(text)
    elif not options.check.is_file() or options.check.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{options.check} is out of date; run: {command}\n")
        return 1
    return 0
