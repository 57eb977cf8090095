"""The releases of a repository: its tags ``vX.Y.Z`` or ``X.Y.Z``."""

from __future__ import annotations

from dataclasses import dataclass

from modproof.core.errors import ConfigurationError
from modproof.toolchain import Git
from modproof.upgrades.versions import Version

__all__ = ["Base", "NoRelease", "base_of", "tag_of_head"]


class NoRelease(ConfigurationError):
    """The whole history of HEAD has no release before it."""


@dataclass(frozen=True, slots=True)
class Base:
    """What the checkout is compared with. ``version`` is None if ``name`` is not a release."""

    name: str
    commit: str
    version: Version | None


def base_of(git: Git, reference: str | None) -> Base:
    """The commit ``reference``, by default the highest release before HEAD.

    A release is a tag ``vX.Y.Z`` or ``X.Y.Z``. One of HEAD counts only if files differ from HEAD.
    Raises NoRelease if there is none, and ConfigurationError if that is unknown because the clone is shallow.
    """
    if reference is not None:
        commit = git.commit(reference)
        tags = _tags(git, "--points-at", commit)
        version = Version.parse(reference) or max(tags, default=None)
        return Base(reference, commit, version)
    own = set() if _is_changed(git) else set(_tags(git, "--points-at", "HEAD"))
    releases = {version: tag for version, tag in _tags(git, "--merged", "HEAD").items() if version not in own}
    if not releases:
        shallow = git.line("rev-parse", "--is-shallow-repository") == "true"
        raise (ConfigurationError if shallow else NoRelease)(
            f"no release before this commit: git has no tag vX.Y.Z in its history ({git.folder})",
            hint="fetch the tags (git fetch --tags; --unshallow in a shallow clone), or name a commit with --from REF",
        )
    version = max(releases)
    return Base(releases[version], git.commit(releases[version]), version)


def tag_of_head(git: Git) -> Version | None:
    """The highest release that is tagged on HEAD, if no file differs from HEAD."""
    return None if _is_changed(git) else max(_tags(git, "--points-at", "HEAD"), default=None)


def _is_changed(git: Git) -> bool:
    return bool(git.output("status", "--porcelain"))


def _tags(git: Git, *filters: str) -> dict[Version, str]:
    names = git.output("tag", "--list", *filters).splitlines()
    return {version: name for name in names if (version := Version.parse(name)) is not None}
