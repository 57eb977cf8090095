"""Copy notebooks from S3, clear their outputs and replace placeholders. Run by the start script as ec2-user."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOME = Path.home() / "SageMaker"
WORK = HOME / ".on-start"


def log(text):
    # A file name may contain anything, a line break too.
    shown = text.encode("unicode_escape").decode("ascii")
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), shown, flush=True)


def run(seconds, *command, output=None):
    """Exit status of the command, or the reason why it has none."""
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=seconds
        ).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)


def clear_outputs(content):
    notebook = json.loads(content.decode())
    for part in [notebook, *notebook.get("worksheets", [])]:
        for cell in part.get("cells", []):
            if cell.get("cell_type") == "code":
                cell["outputs"] = []
                cell["execution_count"] = None
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()


def prepare(content, shown, placeholders):
    """A notebook's content without outputs and with bucket names instead of placeholders."""
    try:
        content = clear_outputs(content)
    except (AttributeError, TypeError, ValueError) as error:
        log(f"outputs of {shown} are not cleared ({error})")
    if not placeholders:
        return content
    # The longest first, so that it wins over a shorter one at the same place.
    texts = sorted(placeholders, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(text) for text in texts).encode())
    return pattern.sub(lambda found: placeholders[found.group().decode()].encode(), content)


def place(file, target, overwrite, placeholders):
    if not overwrite and os.path.lexists(str(target)):
        log(f"kept {target}, which is there already")
        return
    try:
        if target.suffix == ".ipynb":
            file.write_bytes(prepare(file.read_bytes(), target, placeholders))
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
    except OSError as error:
        log(f"could not place {target} ({error.strerror})")
    else:
        log(f"placed {target}")


def copy(source, placeholders):
    label, address = source["label"], source["address"]
    patterns = " ".join(source["include"])
    run(60, "rm", "-rf", "--", str(WORK))
    try:
        WORK.mkdir(parents=True)
    except OSError as error:
        log(f"{label}: no folder to copy to ({error.strerror})")
        return
    log(f"{label}: copying {patterns} from {address}")
    filters = ["--exclude=*"] + ["--include=" + pattern for pattern in source["include"]]
    status = run(3600, "aws", "s3", "cp", address, str(WORK), "--recursive", "--only-show-errors", *filters)
    if status:
        log(f"{label}: the copy failed ({status}), notebooks may be missing")
    files = sorted(path for path in WORK.rglob("*") if path.is_file())
    for file in files:
        place(file, HOME / source["destination"] / file.relative_to(WORK), source["overwrite"], placeholders)
    if not files and not status:
        log(f"{label}: nothing in {address} matches {patterns}")
    run(60, "rm", "-rf", "--", str(WORK))


def report(log_file, group, stream):
    """Send the log to CloudWatch Logs, which SageMaker does only while the start script runs."""
    lines = Path(log_file).read_text(errors="replace").splitlines()[-500:]
    now = int(time.time() * 1000)
    where = ["--log-group-name", group, "--log-stream-name", stream]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as events:
        json.dump([{"timestamp": now, "message": line[:1000]} for line in lines if line.strip()], events)
        events.flush()
        # Fails if SageMaker has created the stream.
        run(60, "aws", "logs", "create-log-stream", *where, output=subprocess.DEVNULL)
        status = run(60, "aws", "logs", "put-log-events", *where, "--log-events", "file://" + events.name)
    if status:
        log(f"not reported to CloudWatch Logs ({status})")


def main(settings_file, log_file, detached):
    settings = json.loads(Path(settings_file).read_text())
    os.environ["AWS_DEFAULT_REGION"] = settings["region"]
    log(f"{len(settings['sources'])} sources of notebooks")
    for source in settings["sources"]:
        copy(source, settings["placeholders"])
    log("finished")
    if Path(detached).exists():
        report(log_file, settings["log_group"], settings["log_stream"])


main(*sys.argv[1:])
