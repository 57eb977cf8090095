"""Services provided by moto, with a 4xx for missing operations: LocalStack returns a 501, which SDKs retry."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from botocore import xform_name
from botocore.model import ServiceModel
from localstack.aws.api import RequestContext
from localstack.services.moto import call_moto

from ..refused import refuse

__all__ = ["dispatch_table", "operations_of"]

Handler = Callable[[RequestContext, Any], Mapping[str, Any]]


def operations_of(model: ServiceModel) -> set[str]:
    """The operations of a service that moto implements."""
    from moto.core.responses import BaseResponse

    module = importlib.import_module(f"moto.{model.service_name.replace('-', '')}.responses")
    methods = {
        method
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, BaseResponse) and one is not BaseResponse
        for method in vars(one)
    }
    return {name for name in model.operation_names if xform_name(name) in methods}


def dispatch_table(model: ServiceModel) -> dict[str, Handler]:
    """One handler for every operation of the service, of moto or refused."""
    known = operations_of(model)
    return {name: _call_moto if name in known else refuse(model.service_name, name) for name in model.operation_names}


def _call_moto(context: RequestContext, request: Any) -> Mapping[str, Any]:
    return call_moto(context)
