"""Checks the arguments and answers of a case against the files of its module, without Terraform."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from modproof.cases import Case, CaseError
from modproof.cases.arguments import case_key, hide_unknown
from modproof.core.errors import ConfigurationError
from modproof.hcl.signature import declared_variables
from modproof.plan.answered import answer_faults

__all__ = ["misfits"]


def misfits(case: Case) -> tuple[CaseError, ...]:
    """Why the case cannot be a call of its module.

    These are arguments and data sources that the module does not have, and arguments that are missing. Empty also where
    a file of the module is unreadable: Terraform reports that better.
    """
    try:
        _, arguments = hide_unknown(case_key(case), case)
    except ConfigurationError as error:
        return (CaseError(stage="load", text=error.message, usage=True),)
    variables = declared_variables(case.folder)
    if variables is None:
        return ()
    return (
        *_unknown(case, arguments, variables),
        *_missing(case, arguments, variables),
        *(answer_faults(case) if case.answers else ()),
    )


def _unknown(case: Case, arguments: Mapping[str, object], variables: Mapping[str, str | None]) -> Iterator[CaseError]:
    for name in arguments:
        if name not in variables:
            text = f"the module '{case.module}' has no variable '{name}'"
            close = difflib.get_close_matches(name, variables, 1)
            if close:
                text = f"{text}; did you mean '{close[0]}'?"
            yield CaseError(stage="load", text=text, variable=name, usage=True)


def _missing(case: Case, arguments: Mapping[str, object], variables: Mapping[str, str | None]) -> Iterator[CaseError]:
    for name, default in variables.items():
        if default is None and name not in arguments:
            text = f"the case does not set the variable '{name}', which the module '{case.module}' requires"
            yield CaseError(stage="load", text=text, usage=True)
