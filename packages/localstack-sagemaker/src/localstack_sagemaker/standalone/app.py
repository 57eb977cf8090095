"""The WSGI application: the AWS APIs of the core, its control API, and a health address."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from .. import __version__, control, errors
from ..autoscaling import autoscaling_provider
from ..budgets import budgets_provider
from ..data_plane import DataPlane
from ..feature_records import feature_records
from ..others import Others, connect, service_model
from ..provider import Provider, partition_of, sagemaker_provider
from ..refused import SERVICES, refused_table
from ..routes import PATHS
from ..runtime.invoke import RuntimeProvider
from ..trial_metrics import trial_metrics
from . import protocol
from .forward import forward

__all__ = ["Application"]

HEALTH = "/_localstack/health"
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d*/([^/,\s]*)/([^/,\s]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class _Context:
    account_id: str
    region: str
    partition: str
    request: Request


class Application:
    """Answers for SageMaker and its smaller services, Application Auto Scaling and Budgets.

    Everything else is passed on to the other services, if there are any. `account` is that of an unknown access key.
    """

    def __init__(self, others: Others, services: str | None = None, account: str = "000000000000") -> None:
        connect(others)
        self._others = others
        self._services = services
        self._account = account
        providers: list[Provider | DataPlane | RuntimeProvider] = [
            sagemaker_provider(),
            autoscaling_provider(),
            budgets_provider(),
            RuntimeProvider(),
            feature_records(),
            trial_metrics(),
        ]
        self._models = {one.service: one.model for one in providers} | {name: service_model(name) for name in SERVICES}
        self._tables: Mapping[str, Mapping[str, Any]] = {
            **{name: refused_table(self._models[name]) for name in SERVICES},
            **{one.service: one.dispatch_table() for one in providers},
        }
        self._targets = {model.metadata.get("targetPrefix"): name for name, model in self._models.items()}
        self._routes = Map([Rule(path, endpoint=resource) for path, resource in control.ROUTES.items()])

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """A WSGI application (PEP 3333)."""
        request = Request(environ)
        # the server would close a connection with an unread body
        request.get_data()
        return self._respond(request)(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if request.path == HEALTH:
            return self._health(request)
        if request.path.startswith("/_localstack/sagemaker"):
            return self._control(request)
        match = _CREDENTIAL.search(request.headers.get("Authorization", ""))
        key, region, scope = match.groups() if match else ("", "us-east-1", "")
        service = self._service(request, scope)
        if service is not None:
            return self._api(request, service, key, region)
        if self._services is not None:
            return forward(self._services, request)
        text = f"{scope or request.path} is not served here; this address serves {', '.join(self._models)}"
        error = errors.failure("UnknownOperationException", text)
        return protocol.error_response(self._models["sagemaker"], error)

    def _health(self, request: Request) -> Response:
        """LocalStack's health document, with the services of both."""
        services: dict[str, Any] = {}
        if self._services is not None:
            with contextlib.suppress(ValueError, AttributeError):
                services |= json.loads(forward(self._services, request).get_data()).get("services", {})
        services |= dict.fromkeys(self._models, "available")
        document = {"version": __version__, "edition": "localstack-sagemaker", "services": services}
        return Response(json.dumps(document), 200, {"Content-Type": "application/json"})

    def _control(self, request: Request) -> Response:
        try:
            resource, parts = self._routes.bind_to_environ(request.environ).match()
        except HTTPException as error:
            return Response(error.get_response(request.environ).get_data(), error.code or 404)
        method = getattr(resource, f"on_{request.method.lower()}", None)
        if method is None:
            return Response(status=405)
        found: Response = method(request, **parts)
        return found

    def _service(self, request: Request, scope: str) -> str | None:
        target = request.headers.get("X-Amz-Target", "").partition(".")[0]
        if target in self._targets:
            return self._targets[target]
        if scope == "sagemaker":
            if request.path.startswith("/endpoints/"):
                return "sagemaker-runtime"
            return next((name for path, name in PATHS.items() if request.path.startswith(path)), "sagemaker")
        return scope if scope in self._models else None

    def _api(self, request: Request, service: str, key: str, region: str) -> Response:
        model = self._models[service]
        try:
            operation, labels = protocol.operation_of(model, request)
            given = protocol.read(operation, request, labels)
            context = _Context(self._account_of(key), region, partition_of(region), request)
            return protocol.response(operation, self._tables[service][operation.name](context, given))
        except errors.ServiceFailure as error:
            return protocol.error_response(model, error)
        except Exception as error:
            return protocol.error_response(model, errors.bug(f"{service} {request.path}", error))

    def _account_of(self, key: str) -> str:
        if re.fullmatch(r"\d{12}", key):
            return key
        signer = self._others.signer(key) if key else None
        return signer.account if signer else self._account
