"""The search: everything of every source, less what is explained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice

from mlpipe.aws import AWS_ERRORS, in_words
from mlpipe.aws.accounts import WORKERS
from mlpipe.errors import ConfigurationError
from mlpipe.leftovers import neighbours, sagemaker
from mlpipe.leftovers.context import Context
from mlpipe.leftovers.model import Found, Leftover, Problem
from mlpipe.leftovers.owners import CloudTrail, owner_in
from mlpipe.leftovers.sources import Source
from mlpipe.pipeline import KeepRule

__all__ = ["ALL_SOURCES", "USES", "Search", "selected"]

ALL_SOURCES: tuple[Source, ...] = (*sagemaker.SOURCES, *neighbours.SOURCES)
"""in the order in which things are removed"""

_BATCH = 10 * WORKERS
_OF_MODELS = ("s3-prefix", "ecr-image")
USES = {
    "endpoint": ("endpoint-configuration", "model", "log-group", *_OF_MODELS),
    "endpoint-configuration": ("model", *_OF_MODELS),
    "model": _OF_MODELS,
}
"""what cannot be judged if the kind, or what a kept one uses, cannot be read"""


def selected(kinds: Iterable[str], skipped: Iterable[str]) -> tuple[Source, ...]:
    """The sources with these kinds, or all. Raises ConfigurationError for a kind that does not exist."""
    names = [source.kind for source in ALL_SOURCES]
    for kind in (*kinds, *skipped):
        if kind not in names:
            raise ConfigurationError(f"no kind {kind}; choose one of {', '.join(names)}")
    chosen = set(kinds) or set(names)
    return tuple(source for source in ALL_SOURCES if source.kind in chosen - set(skipped))


@dataclass
class Search:
    """Finds leftovers. ``problems`` is complete after :meth:`run`."""

    context: Context
    sources: tuple[Source, ...] = ALL_SOURCES
    older_than: timedelta = timedelta()
    cloudtrail: bool = True
    problems: list[Problem] = field(default_factory=list)

    def run(self) -> Iterator[Leftover]:
        """Yield leftovers as AWS's pages arrive, in the order in which they can be removed.

        A part that cannot be read becomes a problem, and the search goes on.
        """
        trail = CloudTrail(self.context.account, lambda text: self.problems.append(Problem("owners", text)))
        with ThreadPoolExecutor(WORKERS) as pool:
            self._note_uses(pool)
            for source in self.sources:
                if source.kind in self.context.unsafe:
                    self.problems.append(Problem(source.kind, self.context.unsafe[source.kind]))
                    continue
                try:
                    yield from self._of(source, pool, trail)
                except AWS_ERRORS as error:
                    self._fails(source.kind, f"not all of them could be listed: {in_words(error)}")

    def _note_uses(self, pool: ThreadPoolExecutor) -> None:
        """Read endpoints, their configurations and models first if only what they use is searched."""
        kinds = {source.kind for source in self.sources}
        for source in sagemaker.SOURCES:
            needed = set(USES.get(source.kind, ())) & kinds
            if needed and source.kind not in kinds:
                try:
                    stream = source.find(self.context)
                    while batch := list(islice(stream, _BATCH)):
                        list(pool.map(partial(source.keep, self.context), batch))
                except AWS_ERRORS as error:
                    self._fails(source.kind, in_words(error))

    def _of(self, source: Source, pool: ThreadPoolExecutor, trail: CloudTrail) -> Iterator[Leftover]:
        stream = source.find(self.context)
        while batch := list(islice(stream, _BATCH)):
            candidates = []
            for found in batch:
                if self._explained(found):
                    self._keep(source, found)
                else:
                    candidates.append(found)
            for found in pool.map(lambda one: self._with_tags(source, one), candidates):
                if self._kept_by_tags(found):
                    self._keep(source, found)
                    continue
                found = self._of_unknown_age(found)
                if found.stays:  # what it uses must stay too
                    self._keep(source, found)
                yield self._leftover(source, self._with_details(source, found), trail)

    def _explained(self, found: Found) -> bool:
        return (
            self.context.is_managed(found.arn)
            or self.context.is_used(found)
            or self._too_young(found)
            or any(not rule.tags and _matches(rule, found) for rule in self.context.settings.keep)
        )

    def _too_young(self, found: Found) -> bool:
        return found.created is not None and datetime.now(UTC) - found.created < self.older_than

    def _of_unknown_age(self, found: Found) -> Found:
        """AWS does not record when it was created: it may be too young to be removed."""
        if found.created is not None or found.stays or not self.older_than:
            return found
        return replace(found, stays="its age is not known; use --older-than 0h to remove it")

    def _with_tags(self, source: Source, found: Found) -> Found:
        if found.tags is not None:
            return found
        try:
            return replace(found, tags=source.tags(self.context, found))
        except AWS_ERRORS as error:
            return replace(
                found, stays=found.stays or f"its tags cannot be read, which may protect it: {in_words(error)}"
            )

    def _kept_by_tags(self, found: Found) -> bool:
        tags = found.tags or {}
        managed = any(
            key in tags and any(fnmatchcase(tags[key].lower(), value.lower()) for value in values)
            for key, values in self.context.settings.managed_tags.items()
        )
        return managed or any(_matches(rule, found) for rule in self.context.settings.keep)

    def _keep(self, source: Source, found: Found) -> None:
        used = USES.get(source.kind)
        if used and not any(one.kind in used for one in self.sources):
            return  # saves a call for each
        try:
            source.keep(self.context, found)
        except AWS_ERRORS as error:
            self._fails(source.kind, f"what {found.name} uses cannot be read: {in_words(error)}")

    def _fails(self, kind: str, text: str) -> None:
        self.problems.append(Problem(kind, text))
        for using in USES.get(kind, ()):
            self.context.unsafe.setdefault(using, f"not listed, because {kind} could not be read completely")

    def _with_details(self, source: Source, found: Found) -> Found:
        try:
            return source.details(self.context, found)
        except AWS_ERRORS as error:
            self.problems.append(Problem(source.kind, f"the cost of {found.name} cannot be read: {in_words(error)}"))
            return found

    def _leftover(self, source: Source, found: Found, trail: CloudTrail) -> Leftover:
        owner = owner_in(found.tags or {}, self.context.settings.owner_tags) or found.owner
        if not owner and self.cloudtrail:
            owner = trail.creator(source.create_event, found.arn)
        return Leftover(found, owner)


def _matches(rule: KeepRule, found: Found) -> bool:
    tags = found.tags or {}
    return (
        fnmatchcase(found.kind, rule.kind)
        and fnmatchcase(found.name, rule.name)
        and all(key in tags and fnmatchcase(tags[key], value) for key, value in rule.tags.items())
    )
