"""Builds the dispatch table from the table of kinds and operations, and runs calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from botocore.model import OperationModel

from . import errors
from .authorization import authorize, roles_in
from .call import Call, Kind, Operation
from .callers import identity_of, key_of
from .clock import clocks
from .faults import faults
from .generic import generic_operations
from .idempotency import once
from .kinds import KINDS, OPERATIONS, OWNERS, STORED
from .others import Context, service_model
from .role_rules import not_assumable
from .search import SEARCH_OPERATIONS
from .status import apply_due_stages
from .store import STORES, lock_of, store_of
from .tags import TAG_OPERATIONS
from .timer import wake_at
from .validation import RequestValidator

__all__ = ["Provider", "check_scope", "raise_fault", "run_due", "run_internal", "sagemaker_provider"]

Handler = Callable[[Context, Mapping[str, Any]], Mapping[str, Any]]

_READS = ("Describe", "List", "Get", "Search")
"""the beginnings of the names of operations that change nothing"""


class Provider:
    """The provider of one service: a name, a dispatch table and the state to visit.

    `region` is the region of the store of a global service. `owners` are the operations on resources that accounts
    share: they move a call to the account that owns the resource.
    """

    def __init__(
        self,
        service: str,
        kinds: Mapping[str, Kind],
        operations: Mapping[str, Operation],
        region: str | None = None,
        owners: Mapping[str, Callable[[Call], Call]] | None = None,
        stored: Iterable[str] = (),
    ) -> None:
        self.service = service
        self.model = service_model(service)
        self.kinds = kinds
        self.region = region
        self.owners = owners or {}
        self.operations: dict[str, Operation] = {}
        self.stored: set[str] = set(stored)
        """operations that store and list, without rules"""
        for kind in kinds.values():
            generic = generic_operations(kind, self.model)
            self.operations |= generic
            if not kind.has_rules:
                self.stored |= set(generic)
        self.operations |= operations
        self._validator = RequestValidator()

    def dispatch_table(self) -> dict[str, Handler]:
        """One handler for every operation of the service, emulated or refused."""
        return {
            name: self._handler(self.model.operation_model(name), self.operations.get(name))
            for name in self.model.operation_names
        }

    def accept_state_visitor(self, visitor: Any) -> None:
        """Pass the stores to LocalStack's persistence."""
        visitor.visit(STORES[self.service])

    def _handler(self, model: OperationModel, operation: Operation | None) -> Handler:
        if operation is None:
            return self._refused(model.name)
        name_members = _name_members(model)
        shape = model.input_shape  # botocore looks it up at every access

        def run(context: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
            account, region = context.account_id, self.region or context.region
            check_scope(account, region)
            self._validator.validate(shape, request)
            caller = authorize(context, model.name, request, region) if self.service == "sagemaker" else None
            if faults:
                name = next((str(request[member]) for member in name_members if member in request), "")
                raise_fault(model.name, name, account, region)
                role = next(roles_in(request), None)
                if role and faults.take(("propagation",), model.name, name, account, region):
                    raise not_assumable(model.name, role)
            call = self._call(account, region, context.partition, model, dict(request))
            call.caller = caller
            call.identity = identity_of(context, key_of(context))
            owner = self.owners.get(model.name)
            return self._run(operation, owner(call) if owner else call)

        def handle(context: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
            """Run an operation. A bug in the emulator becomes a 400, because clients retry a 500 for minutes."""
            try:
                return run(context, request)
            except errors.ServiceFailure:
                raise
            except RecursionError as error:
                raise errors.validation("The request has too many levels.") from error
            except Exception as error:
                raise errors.bug(f"{self.service} {model.name}", error) from error

        return handle

    def _run(self, operation: Operation, call: Call) -> Mapping[str, Any]:
        lock = lock_of(self.service, call.account, call.region)
        with lock.reading() if call.operation.startswith(_READS) else lock as alone:
            if alone:
                apply_due_stages(call)
            # what is sent must not change with the resource
            response: Mapping[str, Any] = _copied(once(operation, call))
            if alone:
                apply_due_stages(call)
                _schedule_next(call)
        for work in call.later:
            work()
        return response

    def _call(self, account: str, region: str, partition: str, model: OperationModel, request: dict[str, Any]) -> Call:
        return Call(
            self.service,
            account,
            region,
            partition,
            store_of(self.service, account, region),
            clocks.of(account),
            self.kinds,
            model,
            request,
        )

    def _refused(self, operation: str) -> Handler:
        def handle(context: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
            if self.service == "sagemaker":
                authorize(context, operation, request, self.region or context.region)
            raise errors.not_emulated(self.service, operation)

        return handle


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(inner) for name, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def sagemaker_provider() -> Provider:
    """The SageMaker provider, with every kind of the table."""
    return Provider("sagemaker", KINDS, TAG_OPERATIONS | SEARCH_OPERATIONS | OPERATIONS, owners=OWNERS, stored=STORED)


def raise_fault(operation: str, name: str, account: str, region: str) -> None:
    """Raise the error of an injected fault that a call matches, if there is one."""
    fault = faults.take(("error", "throttle"), operation, name, account, region)
    if fault:
        raise errors.throttled() if fault.effect == "throttle" else errors.failure(fault.code, fault.message)


def check_scope(account: str, region: str) -> None:
    """Reject an invalid account or region with a 4xx. The stores would raise ValueError, which becomes a 500."""
    if not _is_account(account):
        raise errors.failure("UnrecognizedClientException", f"{account!r} is not an AWS account id")
    if not _is_region(region):
        raise errors.validation(f"{region!r} is not an AWS region")


@lru_cache(maxsize=1024)
def _is_account(text: str) -> bool:
    return re.fullmatch(r"\d{12}", text or "") is not None


@lru_cache(maxsize=256)
def _is_region(text: str) -> bool:
    return re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d+", text or "") is not None


def _name_members(model: OperationModel) -> list[str]:
    """Request members that may hold the resource's name, for matching faults; required members first."""
    if model.input_shape is None:
        return []
    members = [name for name in model.input_shape.members if name.endswith("Name")]
    required = set(model.input_shape.required_members)
    return sorted(members, key=lambda name: name not in required)


def _schedule_next(call: Call) -> None:
    """Set the timer for the store's next due status."""
    moving, leaving = call.store.moving, call.store.leaving
    if (moving or leaving) and call.clock.frozen is None:
        due = [queue[0][0] for queue in (moving, leaving) if queue]
        wake_at(min(due) - call.clock.now(), call.account, call.region, run_due)


def run_due(account: str, region: str) -> None:
    """Apply SageMaker's due statuses without a client call."""
    run_internal(account, region, lambda call: None)


def run_internal(account: str, region: str, work: Callable[[Call], None]) -> None:
    """Run `work` in an account and region of SageMaker, without a client call, and apply due statuses."""
    with lock_of("sagemaker", account, region):
        call = Call(
            "sagemaker",
            account,
            region,
            partition_of(region),
            store_of("sagemaker", account, region),
            clocks.of(account),
            KINDS,
        )
        apply_due_stages(call)
        work(call)
        apply_due_stages(call)
        _schedule_next(call)
    for later in call.later:
        later()


def partition_of(region: str) -> str:
    """The ARN partition of a region."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
