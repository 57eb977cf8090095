"""Stub of ``jupyter nbconvert``: clear the outputs of one notebook; treats its name as a pattern."""

from __future__ import annotations

import glob
import json
import os
import sys
from pathlib import Path


def main() -> int:
    *options, name = sys.argv[1:]
    if os.environ.get("STUB_USER") != "ec2-user":
        sys.exit("jupyter: run as the wrong user")
    if options != ["nbconvert", "--ClearOutputPreprocessor.enabled=True", "--inplace"]:
        sys.exit(f"jupyter: not as expected: {options}")
    sys.stdin.read()  # a command in a loop must not consume the loop's input
    for found in glob.glob(name):  # noqa: PTH207 - as nbconvert finds files
        path = Path(found)
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell.update(outputs=[], execution_count=None)
        path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
        return 0
    sys.exit(f"jupyter: pattern {name!r} matched no files")


sys.exit(main())
