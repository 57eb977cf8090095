"""Install the simulator into the cache folder with npm, pinned by hash in ``package-lock.json``."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from modproof import toolchain
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import ToolMissing
from modproof.core.progress import SILENT, Progress
from modproof.toolchain import store

__all__ = ["simulator"]

_SOURCE = Path(__file__).parent / "simulator"
_FILES = ("package.json", "package-lock.json", "simulate.mjs")
_NAME = "iam-simulate"
_TIMEOUT_SECONDS = 300.0
_RETRIES = "2"


def simulator(progress: Progress = SILENT) -> Path:
    """The simulator's Node.js script, installed if it is missing.

    Raises ToolMissing if Node.js cannot be installed or the npm registry does not serve the pinned packages.
    """
    key = _key()
    installed = store.installed(_NAME, key)
    if installed is not None:
        return installed
    node = toolchain.ensure("node", progress)
    with progress.task(f"{_NAME}: install") as task, store.exclusively(f"tool-{_NAME}"):
        installed = store.installed(_NAME, key)  # another run may have installed it in the meantime
        if installed is not None:
            return installed
        with store.staging(_NAME) as folder:
            for name in _FILES:
                shutil.copyfile(_SOURCE / name, folder / name)
            task.note("from the npm registry")
            # installing must not run code of the packages
            options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", f"--fetch-retries={_RETRIES}"]
            argv = [*_npm(node), "ci", *options]
            completed = process.run(argv, cwd=folder, env=base_environment(), timeout_seconds=_TIMEOUT_SECONDS)
            if completed.returncode != 0:
                raise ToolMissing(
                    f"the policy simulator cannot be installed: {completed.stderr.strip()[-1000:]}",
                    hint="configure a reachable registry for npm in ~/.npmrc",
                )
            return store.publish(_NAME, key, folder, folder / "simulate.mjs", version=key, source="npm")


def _key() -> str:
    content = hashlib.sha256()
    for name in _FILES:
        content.update((_SOURCE / name).read_bytes())
    return content.hexdigest()[:16]


def _npm(node: Path) -> list[str]:
    """The command for npm: the one bundled with ``node``, otherwise the one on PATH."""
    bundled = node.resolve().parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    if bundled.is_file():
        return [str(node), str(bundled)]
    found = shutil.which("npm")
    if found is None:
        raise ToolMissing(f"{node} has no npm", hint="install npm, or remove this Node.js from PATH")
    return [found]
