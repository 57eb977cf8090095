"""Plans drafts, and tries other values for the inputs that the errors name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modproof.cases.model import Case, sourced_case
from modproof.cases.planned import CaseError, Planned
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.run.scaffold.drafts import MINIMAL, Draft
from modproof.run.scaffold.lookups import corrected_answers
from modproof.run.scaffold.usage import inputs_at, inputs_of_counts, resource_types
from modproof.terraform.plan_json import resource_counts

__all__ = ["Attempt", "attempt"]

_RETRIES = 2
_NAMED = re.compile(r"\bvar\.(\w+)")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A draft and its planned result.

    ``resources`` has the number of planned resources by type: 0 for each type of the module if none is planned.
    """

    draft: Draft
    planned: Planned
    resources: Mapping[str, int]

    @classmethod
    def of(cls, draft: Draft, planned: Planned, folder: Path) -> Attempt:
        """``folder`` is the module's."""
        counts = dict(sorted(resource_counts(planned.plan or {}).items()))
        if not counts and not planned.errors:
            counts = dict.fromkeys(resource_types(folder), 0)
        return cls(draft, planned, counts)

    @property
    def hollow(self) -> bool:
        """Whether the module has resources, and the plan has none."""
        return bool(self.resources) and not any(self.resources.values())

    @property
    def needs(self) -> str:
        """Why the case does not plan, in one line; empty if it plans."""
        texts = [f"{error.text}{f' ({error.place})' if error.place else ''}" for error in self.planned.errors]
        return " ".join("; ".join(dict.fromkeys(texts)).split())

    @property
    def blocked(self) -> bool:
        """Whether no values help: the case cannot be planned on this machine, say because a provider is missing."""
        errors = self.planned.errors
        return bool(errors) and not self.planned.cacheable and all(error.usage for error in errors)

    def is_better_than(self, other: Attempt) -> bool:
        """Whether it comes closer to a case that plans something."""
        return (not self.planned.errors, not self.hollow) > (not other.planned.errors, not other.hollow)


def attempt(
    project: Project,
    drafts: Mapping[str, Sequence[Draft]],
    files: Mapping[str, Path],
    plan: Callable[[Sequence[Case]], Mapping[str, Planned]],
) -> dict[str, list[Attempt]]:
    """The best attempt of each draft, by module. ``files`` has the file of cases of each module.

    All drafts of all modules are planned in one batch. Those that fail, or plan nothing, are planned again with other
    values in at most two further batches.
    """
    best: dict[tuple[str, str], Attempt] = {}
    waiting = {(module, draft.name): draft for module, found in drafts.items() for draft in found}
    for number in range(_RETRIES + 1):
        cases = {
            key: _case(project, key[0], draft, files[key[0]], f".{number}" if number else "")
            for key, draft in waiting.items()
        }
        outcomes = plan(list(cases.values())) if cases else {}
        following: dict[tuple[str, str], Draft] = {}
        for key, case in cases.items():
            made = Attempt.of(waiting[key], outcomes[case.id], case.folder)
            if key not in best or made.is_better_than(best[key]):
                best[key] = made
            improved = _improved(made, case)
            if improved is not None:
                following[key] = improved
        waiting = following
    return {module: [best[module, draft.name] for draft in found] for module, found in drafts.items()}


def _case(project: Project, module: str, draft: Draft, path: Path, suffix: str) -> Case:
    name = f"{draft.name}{suffix}"
    place = Place(project.relative(path))
    case = sourced_case(project.root, module, project.module_folder(module), name, place, {}, "scaffold")
    return replace(
        case,
        variables=draft.variables,
        unknown=tuple(draft.unknown_names()),
        answers={address: dict(given) for address, given in draft.answers.items()},
    )


def _improved(made: Attempt, case: Case) -> Draft | None:
    """The draft with other values for the inputs that prevent a useful plan; None if there are none."""
    draft = made.draft
    answers = corrected_answers(draft.answers, made.planned.errors)
    if answers is not None:
        return replace(draft, answers=answers)
    if made.blocked:
        return None
    if made.hollow:
        # only the guesses of modproof may be wrong: an example may create nothing on purpose
        unset = {name for name in inputs_of_counts(case.folder) if not draft.variables.get(name)}
        return draft.with_next(unset) if draft.name == MINIMAL else None
    names = {name for error in made.planned.errors for name in _named(error, case)}
    return draft.with_next(names)


def _named(error: CaseError, case: Case) -> set[str]:
    """The inputs that an error is about. One that the case leaves out is only named by its own validation."""
    unknown = {re.split(r"[.\[]", path)[0] for path in case.unknown}
    if error.variable is not None:
        return {error.variable}
    if error.owner is not None and error.owner.startswith("var."):
        return {error.owner.removeprefix("var.")}
    if error.place is not None:
        found = inputs_at(error.place, case.root, case.folder)
        if found:
            return found & {*case.variables, *unknown}
    return set(_NAMED.findall(error.text)) or unknown
