"""The control address under /_localstack/sagemaker: faults, answers, clock, resources, reset. JSON in and out.

A body or a query may name an `account`; without one the request is for all accounts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localstack.http import Request, Resource, Response

from . import __version__
from .clock import Clock, clocks
from .faults import Fault, faults
from .models import STORES, lock_of, store_of
from .records import Record
from .runtime.answers import Answer, answers

__all__ = ["ADDRESS", "register"]

ADDRESS = "/_localstack/sagemaker"


class BadRequest(Exception):
    """The control request makes no sense; the message is for the person who sent it."""


def _json(status: int, document: Any) -> Response:
    return Response(json.dumps(document, default=str) + "\n", status, {"Content-Type": "application/json"})


def _body(request: Request) -> dict[str, Any]:
    try:
        document = json.loads(request.get_data(as_text=True) or "{}")
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadRequest("the body must be a JSON object")
    return document


def _account(request: Request, document: dict[str, Any] | None = None) -> str | None:
    account = (document or {}).pop("account", None) or request.args.get("account")
    if account is not None and (not isinstance(account, str) or len(account) != 12 or not account.isdigit()):
        raise BadRequest("account must be 12 digits")
    return account


def _answering(work: Callable[..., Response]) -> Callable[..., Response]:
    def answer(self: Any, request: Request, **parts: str) -> Response:
        try:
            return work(self, request, **parts)
        except (BadRequest, ValueError) as error:
            return _json(400, {"error": str(error)})

    return answer


class Overview:
    """GET /: what is running."""

    @_answering
    def on_get(self, request: Request) -> Response:
        return _json(
            200,
            {
                "version": __version__,
                "clock": clocks.of(_account(request) or "").describe(),
                "faults": [rule.describe() for rule in faults.all()],
            },
        )


class FaultList:
    """/faults: GET lists, POST adds one, DELETE drops all (or those of one account)."""

    @_answering
    def on_get(self, request: Request) -> Response:
        return _json(200, {"faults": [rule.describe() for rule in faults.all()]})

    @_answering
    def on_post(self, request: Request) -> Response:
        rule = Fault.parse(_body(request))
        faults.add(rule)
        return _json(201, rule.describe())

    @_answering
    def on_delete(self, request: Request) -> Response:
        return _json(200, {"removed": faults.remove(account=_account(request))})


class OneFault:
    """/faults/ID: GET tells how often it struck, DELETE drops it."""

    @_answering
    def on_get(self, request: Request, fault: str) -> Response:
        for rule in faults.all():
            if rule.id == fault:
                return _json(200, rule.describe())
        return _json(404, {"error": f"no fault {fault}"})

    @_answering
    def on_delete(self, request: Request, fault: str) -> Response:
        removed = faults.remove(fault)
        return _json(200 if removed else 404, {"removed": removed})


class AnswerList:
    """/answers: GET lists, POST adds one before the others, DELETE drops all (or those of one account)."""

    @_answering
    def on_get(self, request: Request) -> Response:
        return _json(200, {"answers": [one.describe() for one in answers.all()]})

    @_answering
    def on_post(self, request: Request) -> Response:
        answer = Answer.parse(_body(request))
        answers.add(answer)
        return _json(201, answer.describe())

    @_answering
    def on_delete(self, request: Request) -> Response:
        return _json(200, {"removed": answers.remove(account=_account(request))})


class ClockSetting:
    """/clock: GET tells, PUT sets `mode` (instant, fast, real, manual or a factor), DELETE sets it back."""

    @_answering
    def on_get(self, request: Request) -> Response:
        return _json(200, clocks.of(_account(request) or "").describe())

    @_answering
    def on_put(self, request: Request) -> Response:
        document = _body(request)
        account = _account(request, document)
        mode = document.get("mode")
        if not isinstance(mode, (str, int, float)):
            raise BadRequest("mode must be instant, fast, real, manual or a factor")
        clock = Clock.parse(str(mode))
        clocks.set(clock, account)
        _settle(account)
        return _json(200, clock.describe())

    @_answering
    def on_delete(self, request: Request) -> Response:
        clocks.reset(_account(request))
        return _json(200, {})


class ClockStep:
    """/clock/advance: POST {"seconds": N} lets N of AWS's seconds pass."""

    @_answering
    def on_post(self, request: Request) -> Response:
        document = _body(request)
        account = _account(request, document)
        seconds = document.get("seconds")
        if not isinstance(seconds, (int, float)) or seconds < 0:
            raise BadRequest("seconds must be a number that is not negative")
        clock = clocks.own(account) if account else clocks.of("")
        clock.advance(float(seconds))
        _settle(account)
        return _json(200, clock.describe())


def _described(record: Record) -> dict[str, Any]:
    return {
        "kind": record.noun,
        "name": record.name,
        "arn": record.arn,
        "tags": record.tags,
        "attributes": record.attributes,
        "ahead": [{"status": due.stage.status, "due": due.due} for due in record.ahead],
    }


class Resources:
    """/resources: GET tells every resource, with its statuses still to come."""

    @_answering
    def on_get(self, request: Request) -> Response:
        found: list[dict[str, Any]] = []
        for service, account, region in _places(_account(request)):
            place = {"service": service, "account": account, "region": region}
            with lock_of(service, account, region):
                found.extend(place | _described(record) for record in store_of(service, account, region).all())
        return _json(200, {"resources": found})


class Reset:
    """/reset: POST forgets all resources, faults, answers and clock settings (of one account, if named)."""

    @_answering
    def on_post(self, request: Request) -> Response:
        account = _account(request, _body(request))
        removed = 0
        for place in _places(account):
            with lock_of(*place):
                removed += store_of(*place).forget()
        faults.remove(account=account)
        answers.remove(account=account)
        clocks.reset(account)
        return _json(200, {"removed": removed})


def _places(account: str | None) -> list[tuple[str, str, str]]:
    """Where there is state: service, account, region."""
    return [
        (service, one, region)
        for service, accounts in STORES.items()
        for one in list(accounts)
        if account in (None, one)
        for region in list(accounts[one])
    ]


def _settle(account: str | None) -> None:
    from .provider import run_due

    for service, one, region in _places(account):
        if service == "sagemaker":
            run_due(one, region)


def register() -> None:
    """Put the routes into LocalStack's internal router."""
    from localstack.services.internal import get_internal_apis

    router = get_internal_apis()
    for path, resource in (
        ("", Overview()),
        ("/faults", FaultList()),
        ("/faults/<fault>", OneFault()),
        ("/answers", AnswerList()),
        ("/clock", ClockSetting()),
        ("/clock/advance", ClockStep()),
        ("/resources", Resources()),
        ("/reset", Reset()),
    ):
        router.add(Resource(ADDRESS + path, resource))
