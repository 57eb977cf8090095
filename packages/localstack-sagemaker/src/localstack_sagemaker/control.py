"""The control API at /_localstack/sagemaker: faults, answers, clock, executions, resources, reset. JSON in and out.

A body or a query may contain an `account`; without one the request applies to all accounts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from werkzeug import Request, Response

from . import __version__
from .call import Call
from .clock import Clock, clocks
from .enforcement import enforcement
from .faults import Fault, faults
from .kinds.monitoring import execute
from .network_interfaces import discard
from .provider import run_due, run_internal
from .records import Record
from .runtime.answers import Answer, answers
from .store import STORES, lock_of, store_of
from .written_json import written_json

__all__ = ["ROUTES"]

_ADDRESS = "/_localstack/sagemaker"


class BadRequest(Exception):
    """The control request is invalid; the message is returned to the client."""


def _json(status: int, document: Any) -> Response:
    return Response(json.dumps(document, default=str) + "\n", status, {"Content-Type": "application/json"})


def _body(request: Request) -> dict[str, Any]:
    try:
        document = written_json(request.get_data(as_text=True) or "{}")
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


def _handler(work: Callable[..., Response]) -> Callable[..., Response]:
    def handle(self: Any, request: Request, **parts: str) -> Response:
        try:
            return work(self, request, **parts)
        except (BadRequest, ValueError) as error:
            return _json(400, {"error": str(error)})

    return handle


class Overview:
    """GET /: version, clock and faults."""

    @_handler
    def on_get(self, request: Request) -> Response:
        return _json(
            200,
            {
                "version": __version__,
                "clock": clocks.of(_account(request) or "").describe(),
                "faults": [fault.describe() for fault in faults.all()],
            },
        )


class FaultList:
    """/faults: GET lists, POST adds one, DELETE removes all (or those of one account)."""

    @_handler
    def on_get(self, request: Request) -> Response:
        return _json(200, {"faults": [fault.describe() for fault in faults.all()]})

    @_handler
    def on_post(self, request: Request) -> Response:
        fault = Fault.parse(_body(request))
        faults.add(fault)
        return _json(201, fault.describe())

    @_handler
    def on_delete(self, request: Request) -> Response:
        return _json(200, {"removed": faults.remove(account=_account(request))})


class OneFault:
    """/faults/ID: GET returns it with its number of matches, DELETE removes it."""

    @_handler
    def on_get(self, request: Request, fault: str) -> Response:
        for one in faults.all():
            if one.id == fault:
                return _json(200, one.describe())
        return _json(404, {"error": f"no fault {fault}"})

    @_handler
    def on_delete(self, request: Request, fault: str) -> Response:
        removed = faults.remove(fault)
        return _json(200 if removed else 404, {"removed": removed})


class AnswerList:
    """/answers: GET lists, POST adds one before the others, DELETE removes all (or those of one account)."""

    @_handler
    def on_get(self, request: Request) -> Response:
        return _json(200, {"answers": [one.describe() for one in answers.all()]})

    @_handler
    def on_post(self, request: Request) -> Response:
        answer = Answer.parse(_body(request))
        answers.add(answer)
        return _json(201, answer.describe())

    @_handler
    def on_delete(self, request: Request) -> Response:
        return _json(200, {"removed": answers.remove(account=_account(request))})


class ClockSetting:
    """/clock: GET returns it, PUT sets `mode` (instant, fast, real, manual or a factor), DELETE resets it."""

    @_handler
    def on_get(self, request: Request) -> Response:
        return _json(200, clocks.of(_account(request) or "").describe())

    @_handler
    def on_put(self, request: Request) -> Response:
        document = _body(request)
        account = _account(request, document)
        mode = document.get("mode")
        if not isinstance(mode, (str, int, float)):
            raise BadRequest("mode must be instant, fast, real, manual or a factor")
        clock = Clock.parse(str(mode))
        clocks.set(clock, account)
        _run_due(account)
        return _json(200, clock.describe())

    @_handler
    def on_delete(self, request: Request) -> Response:
        clocks.reset(_account(request))
        return _json(200, {})


class ClockStep:
    """/clock/advance: POST {"seconds": N} advances the clock by N AWS seconds."""

    @_handler
    def on_post(self, request: Request) -> Response:
        document = _body(request)
        account = _account(request, document)
        seconds = document.get("seconds")
        if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
            raise BadRequest("seconds must be a number")
        clock = clocks.own(account) if account else clocks.of("")
        clock.advance(float(seconds))
        _run_due(account)
        return _json(200, clock.describe())


class MonitoringExecutions:
    """/executions: POST starts an execution of a monitoring schedule, which ends as the body says."""

    @_handler
    def on_post(self, request: Request) -> Response:
        document = _body(request)
        account = _account(request, document)
        name, violations, reason = (document.get(key, default) for key, default in _EXECUTION.items())
        if not isinstance(violations, int) or violations < 0 or not isinstance(reason, str):
            raise BadRequest("violations must be a number of 0 or more, and reason a string")
        started: list[str] = []

        def start(call: Call) -> None:
            schedule = call.find("MonitoringSchedule", str(name))
            if schedule:
                started.append(execute(call, schedule, violations, reason).arn)

        for service, one, region in _scopes(account):
            if service == "sagemaker":
                run_internal(one, region, start)
        if not started:
            return _json(404, {"error": f"no monitoring schedule {name}"})
        return _json(201, {"processing_jobs": started})


_EXECUTION = {"schedule": "", "violations": 0, "reason": ""}


class EnforcementSetting:
    """/enforcement: GET returns whether roles decide, PUT sets it (`enabled`), DELETE restores the server's default."""

    @_handler
    def on_get(self, request: Request) -> Response:
        return _json(200, {"enabled": enforcement.on(_account(request) or "")})

    @_handler
    def on_put(self, request: Request) -> Response:
        document = _body(request)
        account = _account(request, document)
        enabled = document.get("enabled")
        if not isinstance(enabled, bool):
            raise BadRequest("enabled must be true or false")
        enforcement.set(enabled, account)
        return _json(200, {"enabled": enabled})

    @_handler
    def on_delete(self, request: Request) -> Response:
        account = _account(request)
        enforcement.reset(account)
        return _json(200, {"enabled": enforcement.on(account or "")})


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
    """/resources: GET returns every resource with its scheduled statuses."""

    @_handler
    def on_get(self, request: Request) -> Response:
        found: list[dict[str, Any]] = []
        for service, account, region in _scopes(_account(request)):
            scope = {"service": service, "account": account, "region": region}
            with lock_of(service, account, region):
                found.extend(scope | _described(record) for record in store_of(service, account, region).all())
        return _json(200, {"resources": found})


class Reset:
    """/reset: POST removes all resources, faults, answers and clock settings (or those of one account)."""

    @_handler
    def on_post(self, request: Request) -> Response:
        account = _account(request, _body(request))
        removed = 0
        for scope in _scopes(account):
            with lock_of(*scope):
                discard(store_of(*scope), *scope[1:])
                removed += store_of(*scope).clear()
        faults.remove(account=account)
        answers.remove(account=account)
        clocks.reset(account)
        enforcement.reset(account)
        return _json(200, {"removed": removed})


def _scopes(account: str | None) -> list[tuple[str, str, str]]:
    """The service, account and region of every store."""
    return [
        (service, one, region)
        for service, accounts in STORES.items()
        for one in list(accounts)
        if account in (None, one)
        for region in list(accounts[one])
    ]


def _run_due(account: str | None) -> None:
    for service, one, region in _scopes(account):
        if service == "sagemaker":
            run_due(one, region)


ROUTES: dict[str, Any] = {
    _ADDRESS + path: resource
    for path, resource in (
        ("", Overview()),
        ("/faults", FaultList()),
        ("/faults/<fault>", OneFault()),
        ("/answers", AnswerList()),
        ("/clock", ClockSetting()),
        ("/clock/advance", ClockStep()),
        ("/executions", MonitoringExecutions()),
        ("/enforcement", EnforcementSetting()),
        ("/resources", Resources()),
        ("/reset", Reset()),
    )
}
"""Path, with Werkzeug's placeholders, → object with a method `on_get`, `on_post` and so on for each HTTP method."""
