"""The text of cases that ``modproof init`` writes into a new or an existing cases.yaml."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modproof.cases.yaml_edit import edit
from modproof.core.documents import dump
from modproof.core.errors import ConfigurationError
from modproof.run.scaffold.attempts import Attempt
from modproof.run.scaffold.drafts import Draft

__all__ = ["GUESSED", "add", "new_file", "write"]

_WIDTH = 116
GUESSED = "  # guessed"
"""The comment of a guessed value."""


def write(
    path: Path, module: str, cases: Sequence[Attempt], *, rejecting: Sequence[tuple[Draft, tuple[str, ...]]] = ()
) -> None:
    """Write ``cases`` of ``module`` to ``path``, and the ``rejecting`` drafts as comments.

    Raises ConfigurationError when the file exists or cannot be written.
    """
    text = (
        f"# What the module {module} must plan: each case is one test. Begun by `modproof init`, kept by you.\ncases:\n"
    )
    new_file(path, text + "\n".join([*map(_case, cases), *(_rejecting(*each) for each in rejecting)]))


def new_file(path: Path, text: str) -> None:
    """Write a file that does not exist yet. Raises ConfigurationError when it exists or cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as sink:
            sink.write(text)
    except OSError as error:
        raise ConfigurationError(f"cannot be written: {error.strerror}", path=path) from error


def add(path: Path, cases: Sequence[Attempt]) -> None:
    """Add ``cases`` to the existing file ``path`` and keep all of its text.

    Raises ConfigurationError when the file cannot be changed in place.
    """
    with path.open(encoding="utf-8", newline="") as source:  # keeps the ends of lines as they are
        text = source.read()
    try:
        changed = edit(text, {("cases", case.draft.name): _body(case, in_words=True) for case in cases})
    except (KeyError, ValueError) as error:
        raise _not_in_place(path, str(error)) from error
    path.write_text(changed, encoding="utf-8", newline="")


def _not_in_place(path: Path, reason: str) -> ConfigurationError:
    hint = "write `cases` as a block mapping without aliases, or add the cases by hand"
    return ConfigurationError(f"no case can be added in place: {reason}", path=path, hint=hint)


def _body(case: Attempt, *, in_words: bool = False) -> dict[str, Any]:
    """The case as data. ``in_words`` puts what comments would say into the description."""
    draft = case.draft
    description = f"from {draft.source}"
    guessed = [*sorted(draft.guessed), *draft.answers]
    if in_words and guessed:
        description += f"; guessed: {', '.join(guessed)}"
    if in_words and case.needs:
        description += f"; does not plan yet: {case.needs}"
    body: dict[str, Any] = {"description": description}
    if draft.variables:
        body["variables"] = dict(draft.variables)
    if draft.unknown:
        body["unknown"] = draft.unknown_names()
    if draft.answers:
        body["answers"] = {address: dict(given) for address, given in draft.answers.items()}
    if case.resources:
        body["expect"] = {"resources": dict(case.resources)}
    return body


def _case(case: Attempt) -> str:
    body = _body(case)
    remark = ""
    if case.needs:
        remedy = "" if case.blocked else ", correct its variables"
        lines = textwrap.wrap(f"does not plan yet{remedy}: {case.needs}", _WIDTH - 4)
        remark = "".join(f"# {line}\n" for line in lines)
    parts = [
        _answers(value) if key == "answers" else _dumped({key: value})
        for key, value in body.items()
        if key != "variables"
    ]
    if case.draft.variables:
        lines = [_variable(name, value, case.draft.guessed) for name, value in case.draft.variables.items()]
        parts.insert(1, f"variables:\n{textwrap.indent(''.join(lines), '  ')}")
    return textwrap.indent(f"{remark}{case.draft.name}:\n{textwrap.indent(''.join(parts), '  ')}", "  ")


def _rejecting(draft: Draft, owners: tuple[str, ...]) -> str:
    """A rejecting case as a comment: the message is for the user to write."""
    body = {"description": f"from {draft.source}", "variables": dict(draft.variables)}
    if draft.unknown:
        body["unknown"] = draft.unknown_names()
    body["rejects"] = {"message": "WRITE A PART OF THE ERROR MESSAGE", "by": " OR ".join(owners)}
    return textwrap.indent(_dumped({draft.name: body}), "  # ")


def _answers(answers: Mapping[str, Mapping[str, Any]]) -> str:
    return "answers:\n" + textwrap.indent(
        "".join(_variable(*each, frozenset(answers)) for each in answers.items()), "  "
    )


def _variable(name: str, value: Any, guessed: frozenset[str]) -> str:
    """A variable, with a comment if its value is guessed."""
    dumped = _dumped({name: value})
    if name not in guessed:
        return dumped
    first, _, rest = dumped.partition("\n")
    if rest and not first.endswith(":"):
        return f"{GUESSED.strip()}\n{dumped}"  # a text of several lines has no place for a comment
    return f"{first}{GUESSED}\n{rest}"


def _dumped(value: dict[str, Any]) -> str:
    return dump(value, width=_WIDTH)
