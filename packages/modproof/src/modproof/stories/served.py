"""A repository with the files of the checkout, which git serves at the addresses and tags that a Terragrunt tree names.

Uncommitted changes are included: what is in the checkout is what runs. The checkout itself is not changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from modproof import toolchain
from modproof.cases.sources.checkout import Checkout
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed
from modproof.stories.tree_sources import sources
from modproof.terraform.terragrunt import GENERATED

__all__ = ["Served", "serve", "serve_at"]

_TIMEOUT_SECONDS = 120.0
_EXCLUDED = (".modproof/", ".terraform/", ".terragrunt-cache/", f"{GENERATED}/", "*.tfstate", "*.tfstate.*")
_IDENTITY = {
    "GIT_AUTHOR_NAME": "modproof",
    "GIT_AUTHOR_EMAIL": "modproof@localhost",
    "GIT_COMMITTER_NAME": "modproof",
    "GIT_COMMITTER_EMAIL": "modproof@localhost",
}


@dataclass(frozen=True, slots=True)
class Served:
    """``copy`` is a clone with all files of ``top``, the root of the checkout.

    ``environment`` makes git, and only the programs that get it, read the scratch repository for ``addresses``.
    """

    top: Path
    copy: Path
    addresses: tuple[str, ...]
    environment: Mapping[str, str]

    def copied(self, path: Path) -> Path:
        """Where ``path``, a file or folder of the checkout, is in the copy."""
        return self.copy / path.resolve().relative_to(self.top)

    def original(self, path: Path) -> Path:
        """Where ``path``, a file or folder of the copy, is in the checkout."""
        return self.top / path.relative_to(self.copy)


def serve(checkout: Checkout, tree: Path, scratch: Path) -> Served:
    """Serve the files of ``checkout`` at the addresses and tags that the sources below ``tree`` name.

    Raises as :func:`serve_at`.
    """
    found = list(sources(tree, checkout.top))
    return serve_at(checkout, scratch, {one.address for one in found}, {ref for one in found for ref in one.refs})


def serve_at(checkout: Checkout, scratch: Path, addresses: Collection[str], tags: Collection[str]) -> Served:
    """Commit the checkout into a repository below ``scratch``, tag it, clone it, and serve it at ``addresses``.

    The branch is ``main``. Raises ToolMissing without git, and CommandFailed if git fails.
    """
    git = _Git(toolchain.ensure("git"), scratch / "home")
    top = checkout.top
    repository = scratch / "repository.git"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(repository))
    (repository / "info" / "exclude").write_text("\n".join(_EXCLUDED) + "\n", encoding="utf-8")
    inside = (f"--git-dir={repository}", f"--work-tree={top}")
    git(*inside, "-c", "core.autocrlf=false", "add", "--all", ".", folder=top)
    git(*inside, "commit", "--quiet", "--message=the checkout", folder=top)
    for tag in sorted(tags):
        git(*inside, "tag", "--no-sign", tag, folder=top)
    copy = scratch / "copy"
    git("clone", "--quiet", "--no-tags", str(repository), str(copy))
    served = tuple(sorted(addresses))
    return Served(top, copy, served, _redirects(served, repository))


def _redirects(addresses: tuple[str, ...], repository: Path) -> dict[str, str]:
    """The environment that sets ``url.BASE.insteadOf``: https://git-scm.com/docs/git-config."""
    found = {"GIT_CONFIG_COUNT": str(len(addresses)), "GIT_TERMINAL_PROMPT": "0"}
    for index, address in enumerate(addresses):
        found[f"GIT_CONFIG_KEY_{index}"] = f"url.file://{repository}.insteadOf"
        found[f"GIT_CONFIG_VALUE_{index}"] = address
    return found


class _Git:
    def __init__(self, program: Path, home: Path) -> None:
        home.mkdir(parents=True)
        self._program = program
        self._environment = {**base_environment(), **_IDENTITY, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}

    def __call__(self, *arguments: str, folder: Path | None = None) -> None:
        argv = [str(self._program), *arguments]
        done = process.run(argv, cwd=folder, env=self._environment, timeout_seconds=_TIMEOUT_SECONDS)
        if done.returncode != 0:
            command = next(word for word in arguments if not word.startswith("-"))
            raise CommandFailed(f"git {command} failed: {' '.join(done.stderr.split())}", path=folder)
