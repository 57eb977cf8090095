"""Serves AWS JSON requests to this plug-in's services without the handlers that change nothing for them.

LocalStack runs some thirty handlers for a request, to find its service, account and region, and for browsers, presigned
URLs, compressed bodies, routes of extensions and other services. They take longer than the operation. A request with
none of that gets service, account and region at once, and a chain of the other handlers: custom handlers, which may
change the request, the parser, the loading of the service, the log, and all handlers that this module does not have in
its lists. Every other request is LocalStack's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from botocore.model import ServiceModel
from localstack import config
from localstack.aws import handlers
from localstack.aws.accounts import get_account_id_from_access_key_id
from localstack.aws.api import RequestContext
from localstack.aws.app import LocalstackAwsGateway
from localstack.aws.chain import HandlerChain
from localstack.aws.connect import INTERNAL_REQUEST_PARAMS_HEADER
from localstack.aws.handlers import auth, codec, cors, internal, internal_requests, legacy, presigned_url, region
from localstack.aws.handlers import service as services
from localstack.aws.handlers.fallback import EmptyResponseHandler
from localstack.aws.handlers.metric_handler import MetricHandler
from localstack.aws.handlers.service_plugin import ServiceLoaderForDataPlane
from localstack.aws.handlers.validation import OpenAPIRequestValidator, OpenAPIResponseValidator
from localstack.aws.protocol.service_router import (
    determine_aws_service_model,
    determine_aws_service_model_for_data_plane,
)
from localstack.http import Response
from localstack.utils.aws.arns import get_partition
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request

from .json_protocol import JsonSkeleton, is_json, is_read, provided, read

__all__ = ["install"]

_JSON = "application/x-amz-json-1."
_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 +Credential=([^/,\s]+)/\d+/([^/,\s]+)/([^/,\s]+)/aws4_request\b")
_NEED_HANDLERS = frozenset(
    f"HTTP_{name.upper().replace('-', '_')}"
    for name in (
        "Content-Encoding",
        "Origin",
        "Referer",
        "Smithy-Protocol",
        "Transfer-Encoding",
        INTERNAL_REQUEST_PARAMS_HEADER,
    )
)
"""the headers for which one of the omitted handlers does something"""
_REMEMBERED = 256

_OMITTED = frozenset(
    {
        EmptyResponseHandler,
        OpenAPIRequestValidator,
        OpenAPIResponseValidator,
        ServiceLoaderForDataPlane,
        auth.MissingAuthHeaderInjector,
        codec.ContentDecoder,
        cors.CorsEnforcer,
        cors.CorsResponseEnricher,
        internal.LocalstackResourceHandler,
        internal_requests.InternalRequestParamsEnricher,
        legacy.EdgeRouterHandler,
        presigned_url.ParsePreSignedUrlRequest,
        services.ServiceNameParser,
    }
)
"""the classes of handlers that are omitted; a subclass is another handler"""
_OF_CREDENTIALS = frozenset({auth.AccountIdEnricher, region.RegionContextEnricher, region.RegionRewriter})
"""the classes of handlers that run only if a custom handler has changed the credentials"""
_SIGNED = "localstack_sagemaker_signed"
"""the attribute of a context with the header that its account and region are from"""
_METRICS = frozenset(
    {
        MetricHandler.create_metric_handler_item,
        MetricHandler.record_parsed_request,
        MetricHandler.update_metric_collection,
    }
)

Handler = Callable[[HandlerChain, RequestContext, Response], None]


def install() -> None:
    """Serve the services of this plug-in directly, unless each handler is traced or measured."""
    if config.DEBUG_HANDLER_CHAIN or config.is_collect_metrics_mode():
        return
    generic = LocalstackAwsGateway.process
    direct = _Direct(provided())

    def process(self: LocalstackAwsGateway, request: Request, response: Response) -> None:
        context = direct.context(self, request)
        if context is None:
            generic(self, request, response)
        else:
            direct.chain(self).handle(context, response)

    LocalstackAwsGateway.process = process


class _Direct:
    """Which requests are served directly, and with which handlers."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        """`targets` are the services, with the prefix of their X-Amz-Target."""
        self._services = {prefix: name for name, prefix in targets.items()}
        self._models: dict[tuple[str, str], ServiceModel | None] = {}
        """the prefix of a target and the service in the credential → the model; None if another service is meant"""
        self._hosts: tuple[tuple[Any, ...], set[str]] = ((), set())
        """the routes of extensions, and the hosts for which none of them matches"""
        self._handlers: tuple[tuple[list[Any], ...], tuple[list[Any], ...]] = ((), ())
        """the gateway's handlers, and those of them that are used"""

    def context(self, gateway: LocalstackAwsGateway, request: Request) -> RequestContext | None:
        """The context of a request that is served directly; None for other requests."""
        sent = request.environ
        if sent.get("REQUEST_METHOD") != "POST" or sent.get("PATH_INFO") != "/" or sent.get("QUERY_STRING"):
            return None
        prefix = sent.get("HTTP_X_AMZ_TARGET", "").partition(".")[0]
        if prefix not in self._services or not sent.get("CONTENT_TYPE", "").startswith(_JSON):
            return None
        signed = sent.get("HTTP_AUTHORIZATION", "")
        credential = _CREDENTIAL.match(signed)
        if credential is None or not _NEED_HANDLERS.isdisjoint(sent) or not is_json(request):
            return None
        model = self._model(request, prefix, credential[3])
        scope = _scope(credential[1], credential[2])
        if model is None or scope is None or not self._is_plain(request):
            return None
        context = gateway.context_class(request)
        context.service, context.protocol = model, "json"
        context.account_id, context.region, context.partition = scope
        setattr(context, _SIGNED, signed)
        return context

    def _model(self, request: Request, prefix: str, signed_for: str) -> ServiceModel | None:
        key = (prefix, signed_for)
        if key not in self._models and len(self._models) < _REMEMBERED:
            model = determine_aws_service_model(request)
            self._models[key] = model if model and model.service_name == self._services[prefix] else None
        return self._models.get(key)

    def _is_plain(self, request: Request) -> bool:
        """Whether the host is not one of another service, and no route is registered for it."""
        routers = (handlers.serve_localstack_resources.resources, handlers.serve_edge_router_rules.router)
        # a router replaces its map when its routes change
        maps = tuple(router.url_map for router in routers)
        known, hosts = self._hosts
        if len(known) != len(maps) or any(one is not other for one, other in zip(known, maps, strict=True)):
            hosts = set()
            self._hosts = (maps, hosts)
        host = request.environ.get("HTTP_HOST", "")
        if host in hosts:
            return True
        if ".s3" in host or host.startswith("s3.") or determine_aws_service_model_for_data_plane(request):
            return False
        if not all(_has_no_route(one, request) for one in maps):
            return False
        if len(hosts) < _REMEMBERED:
            hosts.add(host)
        return True

    def chain(self, gateway: LocalstackAwsGateway) -> HandlerChain:
        """A chain with the gateway's handlers except those that are omitted."""
        lists = (gateway.request_handlers, gateway.response_handlers)
        known, used = self._handlers
        if known != lists:
            known = (list(lists[0]), list(lists[1]))
            used = (_used(lists[0]), _used(lists[1]))
            self._handlers = (known, used)
        return HandlerChain(*used, gateway.finalizers, gateway.exception_handlers)


@lru_cache(maxsize=4096)
def _scope(access_key: str, region_name: str) -> tuple[str, str, str] | None:
    """Account, region and partition as LocalStack's handlers set them; None if they rewrite the request."""
    strategy = handlers.rewrite_region.region_rewriter_strategy
    if type(strategy) is not region.DefaultRegionRewriterStrategy or region_name not in strategy.available_regions:
        return None
    if not access_key.isascii():  # LocalStack raises an error, for which it has a response
        return None
    return get_account_id_from_access_key_id(access_key), region_name, get_partition(region_name)


def _has_no_route(url_map: Any, request: Request) -> bool:
    try:
        url_map.bind(server_name=request.host).match("/", method="POST")
    except NotFound:
        return True
    except Exception:  # a route for another method, or a redirect
        return False
    return False


def _used(given: Iterable[Any]) -> list[Handler]:
    found: list[Handler] = []
    for handler in given:
        if type(handler) in _OMITTED or getattr(handler, "__func__", None) in _METRICS:
            continue
        if type(handler) in _OF_CREDENTIALS:
            handler = _if_signed_anew(handler)
        elif type(handler) is services.ServiceRequestParser:
            handler = _request_parser(handler)
        elif type(handler) is services.ServiceRequestRouter:
            handler = _router(handler)
        elif type(handler) is services.ServiceResponseParser:
            handler = _response_parser(handler)
        found.append(handler)
    return found


def _if_signed_anew(generic: Handler) -> Handler:
    def enrich(chain: HandlerChain, context: RequestContext, response: Response) -> None:
        if context.request.headers.get("Authorization") != context.get(_SIGNED):
            generic(chain, context, response)

    return enrich


def _request_parser(generic: services.ServiceRequestParser) -> Handler:
    def parse(chain: HandlerChain, context: RequestContext, response: Response) -> None:
        if not read(context):
            generic(chain, context, response)

    return parse


def _router(generic: services.ServiceRequestRouter) -> Handler:
    """The router, without a second response for operations of this plug-in."""

    def route(chain: HandlerChain, context: RequestContext, response: Response) -> None:
        handler = generic.handlers.get((context.service.service_name, context.operation.name))
        skeleton = handler.skeleton if type(handler) is services.SkeletonHandler else None
        if isinstance(skeleton, JsonSkeleton) and is_read(context):
            skeleton.answer(context, response)
        else:
            generic(chain, context, response)

    return route


def _response_parser(generic: services.ServiceResponseParser) -> Handler:
    """The parser, which LocalStack runs also for a known response without members."""

    def parse(chain: HandlerChain, context: RequestContext, response: Response) -> None:
        if context.service_response is None:
            generic(chain, context, response)

    return parse
