"""Makes the seed calls of cases in a new account of the emulator, against which they are then planned."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modproof.cases.model import Case
from modproof.cases.planned import CaseError
from modproof.core.cache import key_of
from modproof.core.errors import EmulatorError, ToolMissing

if TYPE_CHECKING:
    from modproof.emulator import Emulator

__all__ = ["SeededAccount", "StartEmulator", "region_of", "seed_key", "seeded_account"]

StartEmulator = Callable[[], "Emulator"]
"""Returns the running emulator, which is started by the first call."""
_REGION = "eu-west-1"


@dataclass(slots=True)
class SeededAccount:
    """An account of the emulator for a plan. ``errors`` says by case id why it could not be seeded."""

    emulator: Emulator | None
    account: str
    region: str
    errors: dict[str, list[CaseError]]
    aws_calls: Sequence[str] = ()
    """The calls that were refused: none, since the emulator answers all of them."""

    @property
    def endpoint_url(self) -> str:
        return self.emulator.endpoint_url if self.emulator is not None else ""

    @property
    def service_variables(self) -> Mapping[str, str]:
        return self.emulator.service_variables if self.emulator is not None else {}

    @contextlib.contextmanager
    def serving(self) -> Iterator[SeededAccount]:
        """The account as the AWS endpoint of a plan."""
        yield self

    def watch(self) -> None:
        """Raise EmulatorError if the emulator has died: the provider would retry for minutes."""
        if self.emulator is not None:
            self.emulator.check("the plan")


def seed_key(case: Case) -> str:
    """Cases with the same key are planned in one account; empty without seed calls."""
    calls = [call.model_dump() for call in case.seed]
    return key_of([calls, region_of(case)]) if calls else ""


def region_of(case: Case) -> str:
    """The region of the case's default AWS provider."""
    return str(case.providers.get("aws", {}).get("region", _REGION))


def seeded_account(cases: Sequence[Case], start: StartEmulator) -> SeededAccount:
    """A new account after the seed calls of ``cases``, which all have the same."""
    first = cases[0]
    region = region_of(first)
    try:
        from modproof.emulator.calls import References, Unresolved, boto_errors, make_call, unknown_calls

        emulator = start()
        account = emulator.new_account()
        session = emulator.session(account, region)
        errors = boto_errors()
    except (EmulatorError, ToolMissing) as error:
        text = f"not planned: `seed` needs the emulator: {error.message}{f'; {error.hint}' if error.hint else ''}"
        errors_by_case = {case.id: [_error(case, 0, text)] for case in cases}
        return SeededAccount(None, "", region, errors_by_case)
    found = SeededAccount(emulator, account, region, {})
    unknown = unknown_calls(((call, first.place_of_default("seed", n)) for n, call in enumerate(first.seed)), session)
    for problem in unknown:
        text = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
        for case in cases:
            found.errors.setdefault(case.id, []).append(CaseError("load", text, place=problem.place, usage=True))
    if found.errors:
        return found
    references = References(account, region)
    for number, call in enumerate(first.seed):
        try:
            make_call(call, session, references)
        except (Unresolved, errors.ClientError, errors.ParamValidationError, errors.BotoCoreError) as error:
            text = f"the seed call {call.call} failed: {' '.join(str(error).split())}"
            found.errors = {case.id: [_error(case, number, text)] for case in cases}
            break
    return found


def _error(case: Case, number: int, text: str) -> CaseError:
    return CaseError("load", text, place=case.place_of_default("seed", number), usage=True)
