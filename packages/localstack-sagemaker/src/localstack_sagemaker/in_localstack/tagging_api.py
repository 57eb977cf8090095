"""SageMaker's resources in the Resource Groups Tagging API.

LocalStack's API is moto's, which reads moto's own SageMaker and has no UntagResources.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..call import Call
from ..errors import ServiceFailure
from ..provider import run_internal
from ..records import Record
from ..tags import add_tags, as_list, remove_tags

__all__ = ["install"]

Failures = dict[str, dict[str, Any]]


def install() -> None:
    """Add this plug-in's resources to moto's backend of the API."""
    from localstack.utils.patch import patch
    from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend as Backend
    from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse as Responses

    @patch(Backend._get_resources_generator)
    def resources(fn: Any, self: Any, tag_filters: Any = None, resource_type_filters: Any = None) -> Iterator[Any]:
        yield from fn(self, tag_filters=tag_filters, resource_type_filters=resource_type_filters)
        for record in _tagged(self):
            if _has_type(record.arn, resource_type_filters or ()) and _matches(record.tags, tag_filters or ()):
                yield {"ResourceARN": record.arn, "Tags": as_list(record.tags)}

    @patch(Backend._get_tag_keys_generator)
    def keys(fn: Any, self: Any) -> Iterator[str]:
        found = list(fn(self))
        yield from dict.fromkeys([*found, *(key for record in _tagged(self) for key in record.tags)])

    @patch(Backend._get_tag_values_generator)
    def values(fn: Any, self: Any, tag_key: str) -> Iterator[str]:
        found = list(fn(self, tag_key))
        ours = [record.tags[tag_key] for record in _tagged(self) if tag_key in record.tags]
        yield from dict.fromkeys([*found, *ours])

    @patch(Backend.tag_resources)
    def tag(fn: Any, self: Any, resource_arns: Sequence[str], tags: Mapping[str, str]) -> Failures:
        ours = [arn for arn in resource_arns if _is_ours(arn)]
        others = [arn for arn in resource_arns if not _is_ours(arn)]
        failed: Failures = fn(self, others, tags) if others else {}
        return failed | _each(self, ours, lambda call, arn: add_tags(call, arn, as_list(tags)))

    def untag_resources(self: Any) -> str:
        arns, names = self._get_param("ResourceARNList") or [], self._get_param("TagKeys") or []
        failed = _each(self.backend, filter(_is_ours, arns), lambda call, arn: remove_tags(call, arn, names))
        unknown = [arn for arn in arns if not _is_ours(arn)]
        failed |= dict.fromkeys(unknown, _failure("InternalServiceException", "Service not yet supported"))
        return json.dumps({"FailedResourcesMap": failed})

    Responses.untag_resources = untag_resources


def _is_ours(arn: str) -> bool:
    return arn.split(":")[2:3] == ["sagemaker"]


def _failure(code: str, message: str) -> dict[str, Any]:
    return {"StatusCode": 400, "ErrorCode": code, "ErrorMessage": message}


def _tagged(backend: Any) -> list[Record]:
    found: list[Record] = []
    run_internal(
        backend.account_id,
        backend.region_name,
        lambda call: found.extend(one for one in call.store.all() if one.tags and call.kinds[one.noun].taggable),
    )
    return found


def _each(backend: Any, arns: Any, work: Callable[[Call, str], Any]) -> Failures:
    failed: Failures = {}
    for arn in arns:
        try:
            run_internal(backend.account_id, backend.region_name, partial(_run, work, arn))
        except ServiceFailure as error:
            failed[arn] = _failure("InvalidParameterException", error.message)
    return failed


def _run(work: Callable[[Call, str], Any], arn: str, call: Call) -> None:
    work(call, arn)


def _has_type(arn: str, wanted: Sequence[str]) -> bool:
    type_ = arn.split(":", 5)[5].partition("/")[0]
    return not wanted or "sagemaker" in wanted or f"sagemaker:{type_}" in wanted


def _matches(tags: Mapping[str, str], filters: Sequence[Mapping[str, Any]]) -> bool:
    return all(one["Key"] in tags and (not one.get("Values") or tags[one["Key"]] in one["Values"]) for one in filters)
