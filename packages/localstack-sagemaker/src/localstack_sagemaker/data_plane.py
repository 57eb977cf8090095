"""SageMaker's services besides the control plane that read and write its resources: feature records and metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import OperationModel

from . import errors
from .authorization import authorize
from .call import Call, Operation
from .others import Context, service_model
from .provider import check_scope, raise_fault, run_internal
from .refused import refuse
from .validation import RequestValidator

__all__ = ["DataPlane"]

Handler = Callable[[Context, Mapping[str, Any]], Mapping[str, Any]]


class DataPlane:
    """The provider of one service. Its state is SageMaker's."""

    def __init__(self, service: str, operations: Mapping[str, Operation]) -> None:
        self.service = service
        self.model = service_model(service)
        self.operations = dict(operations)
        self._validator = RequestValidator()

    def dispatch_table(self) -> dict[str, Handler]:
        """One handler for every operation of the service, emulated or refused."""
        return {
            name: self._handler(self.model.operation_model(name), self.operations[name])
            if name in self.operations
            else refuse(self.service, name)
            for name in self.model.operation_names
        }

    def accept_state_visitor(self, visitor: Any) -> None:
        """Nothing to save: the state is SageMaker's."""

    def _handler(self, model: OperationModel, operation: Operation) -> Handler:
        def handle(context: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
            account, region = context.account_id, context.region
            check_scope(account, region)
            # LocalStack parses a list that is not in the query string as an empty one
            request = {member: value for member, value in request.items() if value != []}
            try:
                self._validator.validate(model.input_shape, request)
            except errors.ServiceFailure as error:
                raise errors.failure("ValidationError", error.message) from None
            authorize(context, model.name, request, region)
            name = str(request.get("FeatureGroupName") or request.get("TrialComponentName") or "")
            raise_fault(model.name, name, account, region)
            return self._run(operation, model, request, account, region)

        return handle

    def _run(
        self, operation: Operation, model: OperationModel, request: Mapping[str, Any], account: str, region: str
    ) -> Mapping[str, Any]:
        """Run an operation in SageMaker's store. A bug in the emulator becomes a 400."""
        response: dict[str, Any] = {}

        def work(call: Call) -> None:
            call.model, call.request = model, dict(request)
            response.update(operation(call) or {})

        try:
            run_internal(account, region, work)
        except errors.ServiceFailure:
            raise
        except Exception as error:
            raise errors.bug(f"{self.service} {model.name}", error) from error
        return response
