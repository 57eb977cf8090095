"""Stub of the AWS CLI: S3 is a folder, and CloudWatch Logs a file of the log events.

``s3 cp --recursive`` follows the CLI's filter rules: fnmatch on the path below the prefix, the last matching filter
wins (https://docs.aws.amazon.com/cli/latest/reference/s3/#use-of-exclude-and-include-filters).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path

STAGE = Path(os.environ["STUB_STAGE"])


def main() -> int:
    arguments = sys.argv[1:]
    call = {"user": os.environ.get("STUB_USER"), "region": os.environ.get("AWS_DEFAULT_REGION"), "arguments": arguments}
    with (STAGE / "aws-calls").open("a") as stream:
        stream.write(json.dumps(call) + "\n")
    if arguments[:2] == ["s3", "cp"]:
        return copy(arguments[2], arguments[3], arguments[4:])
    if arguments[:2] == ["logs", "create-log-stream"]:
        sys.stderr.write("An error occurred (ResourceAlreadyExistsException)\n")
        return 254
    if arguments[:2] == ["logs", "put-log-events"]:
        events = arguments[arguments.index("--log-events") + 1]
        if events.startswith("file://"):
            shutil.copyfile(events.removeprefix("file://"), STAGE / "put-log-events")
        return 0
    if arguments[:2] == ["sagemaker", "stop-notebook-instance"]:
        if (STAGE / "stop-refused").exists():
            sys.stderr.write(
                "\nAn error occurred (AccessDeniedException) when calling the StopNotebookInstance operation\n"
            )
            return 254
        return 0
    return 252


def copy(source: str, target: str, options: list[str]) -> int:
    fault = STAGE / "aws-fault"
    wanted = json.loads(fault.read_text()) if fault.exists() else {}
    time.sleep(wanted.get("sleep_seconds", 0))
    prefix = STAGE / "s3" / source.removeprefix("s3://").rstrip("/")
    filters = [option.split("=", 1) for option in options if option.startswith(("--include=", "--exclude="))]
    for path in sorted(prefix.rglob("*"))[: wanted.get("after", None)]:
        relative = path.relative_to(prefix)
        kinds = [kind for kind, pattern in filters if fnmatchcase(str(relative), pattern)]
        if path.is_file() and (not kinds or kinds[-1] == "--include"):
            placed = Path(target) / relative
            placed.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, placed)
    if wanted.get("status"):
        sys.stderr.write("fatal error: An error occurred (AccessDenied) when calling the ListObjectsV2 operation\n")
    return int(wanted.get("status", 0))


sys.exit(main())
