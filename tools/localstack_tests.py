"""Run the tests of localstack-sagemaker with each LocalStack that modproof can install on this machine.

``python -m tools.localstack_tests [--only newest|oldest] [PYTEST ARGUMENT...]`` runs all tests on the newest release
for which a Python is found, and those in `BY_RELEASE` on the other release. With ``--only`` it runs all tests on that
release. Each release has a separate environment: LocalStack's libraries conflict with those of the other packages.
Exit codes: 0 passed; 1 a test failed; 2 the release has no Python, or uv is not installed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from modproof.emulator.releases import Release, installable

_ROOT = Path(__file__).parent.parent
_PACKAGE = _ROOT / "packages/localstack-sagemaker"
_LIBRARIES = ("pytest", "pytest-xdist", "hypothesis")

BY_RELEASE = (
    "contract",
    "direct",
    "docs",
    "endpoints",
    "events",
    "invoke",
    "json_values",
    "neighbours",
    "notebooks",
    "protocols",
    "state",
    "web_server",
)
"""Test files that depend on LocalStack's release: on its web server, handlers, parsers, serializers and services."""


def command(uv: str, release: Release, tests: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """The command that runs ``tests`` in an environment with ``release``."""
    environment = ["--isolated", "--no-project", "--python", str(release.python)]
    environment += ["--with-requirements", str(release.lock), "--with-editable", str(_PACKAGE)]
    environment += [word for library in _LIBRARIES for word in ("--with", library)]
    return [uv, "run", "--quiet", *environment, "pytest", f"--confcutdir={_ROOT}", *tests, *arguments]


def runs(only: str | None, found: Sequence[Release]) -> list[tuple[Release, list[str]]]:
    """The releases of ``found``, the newest first, with their tests. Empty if ``only`` is not among them."""
    everything, part = [str(_PACKAGE / "tests")], [str(_PACKAGE / f"tests/test_{name}.py") for name in BY_RELEASE]
    if only is None:
        return [(release, part if number else everything) for number, release in enumerate(found)]
    chosen = found[-1:] if only == "oldest" else found[:1] if len(found) > 1 else []
    return [(release, everything) for release in chosen]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.localstack_tests", description=__doc__)
    parser.add_argument("--only", choices=("newest", "oldest"))
    options, rest = parser.parse_known_args(arguments)
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    chosen = runs(options.only, installable())
    if uv is None or not chosen:
        sys.stderr.write("uv is not installed\n" if uv is None else "no Python 3.12 or 3.13 is found\n")
        return 2
    failed = False
    for release, tests in chosen:
        sys.stdout.write(f"LocalStack {release.version}, Python {release.python_version}\n")
        sys.stdout.flush()
        failed |= subprocess.run(command(uv, release, tests, rest), cwd=_ROOT, check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
