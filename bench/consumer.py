"""Measure what a consumer of the modules downloads: a clone of HEAD, a shallow clone, and an archive.

Terraform clones the repository for a ``git::`` source, shallow with ``&depth=1``. The archive leaves out what
.gitattributes marks with ``export-ignore``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from modproof import toolchain
from modproof.core import process
from modproof.core.environment import base_environment

ROOT = Path(__file__).parents[1]
_TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Download:
    """``transferred_kb`` is what the network carries, ``disk_kb`` what is unpacked, ``files`` without those of git."""

    transferred_kb: int
    disk_kb: int
    files: int


def measure(scratch: Path) -> dict[str, Download]:
    """The downloads by kind. ``scratch`` is an empty folder."""
    _git("clone", "--quiet", "--no-local", "--single-branch", "--no-tags", f"file://{ROOT}", str(scratch / "full"))
    _git("clone", "--quiet", "--depth=1", "--no-tags", f"file://{ROOT}", str(scratch / "shallow"))
    packed = scratch / "archive.tar.gz"
    _git("archive", "--format=tar.gz", f"--output={packed}", "HEAD")
    with tarfile.open(packed) as archive:
        archive.extractall(scratch / "archive", filter="data")
    found = {kind: _clone(scratch / kind) for kind in ("full", "shallow")}
    unpacked = _files(scratch / "archive")
    found["archive"] = Download(packed.stat().st_size // 1000, _kilobytes(unpacked), len(unpacked))
    return found


def _clone(folder: Path) -> Download:
    files = _files(folder)
    own = [path for path in files if ".git" not in path.relative_to(folder).parts]
    packs = [path for path in files if path.suffix == ".pack"]
    return Download(_kilobytes(packs), _kilobytes(files), len(own))


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _kilobytes(files: list[Path]) -> int:
    return sum(path.stat().st_size for path in files) // 1000


def _git(*arguments: str) -> None:
    argv = [str(toolchain.ensure("git")), *arguments]
    done = process.run(argv, cwd=ROOT, env=base_environment(), timeout_seconds=_TIMEOUT_SECONDS)
    if done.returncode != 0:
        raise SystemExit(f"git {arguments[0]} failed: {' '.join(done.stderr.split())}")


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench consumer", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(Path(scratch))
    if options.json:
        sys.stdout.write(json.dumps({kind: asdict(download) for kind, download in found.items()}) + "\n")
        return 0
    for kind, download in found.items():
        sys.stdout.write(
            f"{kind:<8} {download.transferred_kb:>6} kB transferred {download.disk_kb:>6} kB on disk "
            f"{download.files:>5} files\n"
        )
    return 0
