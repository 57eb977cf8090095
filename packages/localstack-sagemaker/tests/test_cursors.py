"""Every List operation: items that are created or deleted between two pages neither repeat nor hide others."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.recipes import call, model
from emulated.several import LISTS, fresh, several

# the items do not change after the first page
FIXED = {
    "ListPipelineExecutionSteps",
    "ListPipelineParametersForExecution",
    "ListTrainingJobsForHyperParameterTuningJob",
}


def _page(account: Any, operation: str, request: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The identities of a page's items, and the token of the next page."""
    found = call(account, operation, request)
    found.pop("TotalHits", None)
    token = {"NextToken": found.pop("NextToken")} if "NextToken" in found else {}
    (items,) = found.values()
    return [_identity(one) for one in items], token


def _identity(item: Any) -> str:
    """What does not change of an item: its ARNs, names and numbers."""
    if not isinstance(item, dict):
        return str(item)
    kept = [(name, value) for name, value in item.items() if name.endswith(("Arn", "Name", "Id", "Version"))]
    inner = [_identity(value) for value in item.values() if isinstance(value, dict)]
    return str([(name, value) for name, value in kept if isinstance(value, (str, int))] + inner)


def _all(account: Any, operation: str, request: dict[str, Any]) -> list[str]:
    return _page(account, operation, {**request, "MaxResults": 100})[0]


def _orders(operation: str) -> list[dict[str, str]]:
    shape = model().operation_model(operation).input_shape.members.get("SortOrder")
    return [{"SortOrder": one} for one in shape.enum] if shape else [{}]


@pytest.mark.parametrize("operation", LISTS)
def test_items_are_listed_once_while_others_come_and_go(operation: str) -> None:
    for order in _orders(operation):
        account = fresh()
        request, add, remove = several(account, operation)
        made = [add(number) for number in range(1, 6)]
        request |= order
        kept = _all(account, operation, request)
        assert len(kept) >= 5, kept
        seen, token = _page(account, operation, {**request, "MaxResults": 2})
        assert seen == kept[:2]
        if operation not in FIXED:
            add(7)
        if remove:
            for one in (made[0], made[-1]):
                remove(one)
        kept = [one for one in kept if one in _all(account, operation, request)]
        while token:
            part, token = _page(account, operation, {**request, "MaxResults": 2, **token})
            seen += part
        assert len(set(seen)) == len(seen), "an item is on two pages"
        assert [one for one in seen if one in kept] == kept
