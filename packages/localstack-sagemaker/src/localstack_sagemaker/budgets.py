"""AWS Budgets: budgets, notifications, subscribers and tags. Nothing is spent, so no budget alerts."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from . import errors
from .call import Call, Operation
from .listing import page
from .provider import Provider
from .records import Record
from .tags import as_list

__all__ = ["budgets_provider"]

_FOREVER = datetime.datetime(2087, 6, 15, tzinfo=datetime.UTC)
_COST_TYPES = {
    "IncludeTax": True,
    "IncludeSubscription": True,
    "UseBlended": False,
    "IncludeRefund": True,
    "IncludeCredit": True,
    "IncludeUpfront": True,
    "IncludeRecurring": True,
    "IncludeOtherSubscription": True,
    "IncludeSupport": True,
    "IncludeDiscount": True,
    "UseAmortized": False,
}


def budgets_provider() -> Provider:
    """The Budgets provider. The service is global: one store per account."""
    return Provider("budgets", {}, _OPERATIONS, region="us-east-1")


def _invalid(message: str) -> Exception:
    return errors.failure("InvalidParameterException", message)


def _not_found(message: str) -> Exception:
    return errors.failure("NotFoundException", message)


def _check_account(call: Call) -> None:
    if call.request["AccountId"] != call.account:
        raise errors.failure(
            "AccessDeniedException",
            f"Account {call.account} is not authorized to act on budgets of account {call.request['AccountId']}",
        )


def _budget(call: Call, name: str | None = None) -> Record:
    _check_account(call)
    wanted = name or call.request["BudgetName"]
    record = call.find("Budget", wanted)
    if record is None:
        raise _not_found(f"Unable to get budget: {wanted} - the budget doesn't exist.")
    return record


def _completed(call: Call, budget: dict[str, Any]) -> dict[str, Any]:
    """Add AWS's defaults for missing members."""
    filled = dict(budget)
    for spend in (filled.get("BudgetLimit"), *(filled.get("PlannedBudgetLimits") or {}).values()):
        if spend:
            spend["Amount"] = _amount(spend["Amount"])
    if filled["BudgetType"] == "COST":
        filled["CostTypes"] = _COST_TYPES | (filled.get("CostTypes") or {})
    period = {
        key: value.replace(tzinfo=value.tzinfo or datetime.UTC)
        for key, value in (filled.get("TimePeriod") or {}).items()
        if value is not None
    }
    start = call.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    filled["TimePeriod"] = {"Start": start, "End": _FOREVER} | period
    if filled["TimePeriod"]["Start"] >= filled["TimePeriod"]["End"]:
        raise _invalid("The start of a budget's time period must be before its end.")
    limit = filled.get("BudgetLimit")
    filled["CalculatedSpend"] = {
        "ActualSpend": {"Amount": "0.0", "Unit": limit["Unit"] if limit else "USD"},
    }
    filled.setdefault("CostFilters", {})
    adjusted = filled.get("AutoAdjustData")
    if adjusted:
        filled["AutoAdjustData"] = _adjusted(call, adjusted)
        filled.setdefault("BudgetLimit", {"Amount": "0.0", "Unit": "USD"})
    filled["LastUpdatedTime"] = call.now()
    return filled


def _adjusted(call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
    """Complete automatic adjustment. Clients read HistoricalOptions also of a FORECAST, which has none of them.

    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_AutoAdjustData.html and
    `flattenAutoAdjustData` in
    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/budgets/budget.go
    """
    options = dict(data.get("HistoricalOptions") or {})
    if data["AutoAdjustType"] == "HISTORICAL":
        if not options.get("BudgetAdjustmentPeriod"):
            raise _invalid("HistoricalOptions with a BudgetAdjustmentPeriod is required for HISTORICAL.")
        options.setdefault("LookBackAvailablePeriods", 1)
    elif options:
        raise _invalid("HistoricalOptions can only be specified for HISTORICAL.")
    return {**data, "HistoricalOptions": options, "LastAutoAdjustTime": call.now()}


def _amount(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _invalid(f"{text} is not an amount.") from None
    if not number.is_finite() or number < 0:
        raise _invalid("The amount of a budget limit must not be negative.")
    plain = format(number.normalize(), "f")
    return plain if "." in plain else f"{plain}.0"


def _create(call: Call) -> None:
    _check_account(call)
    budget = call.request["Budget"]
    name = budget["BudgetName"]
    if call.find("Budget", name):
        raise errors.failure("DuplicateRecordException", f"Error creating budget: {name} - the budget already exists.")
    if not any(budget.get(member) for member in ("BudgetLimit", "PlannedBudgetLimits", "AutoAdjustData")):
        raise _invalid("A budget needs a BudgetLimit, PlannedBudgetLimits or AutoAdjustData.")
    arn = f"arn:{call.partition}:budgets::{call.account}:budget/{name}"
    now = call.now()
    tags = {tag["Key"]: tag["Value"] for tag in call.request.get("ResourceTags") or []}
    record = Record("Budget", (name,), arn, _completed(call, budget), now, now, tags)
    record.private["notifications"] = []
    for one in call.request.get("NotificationsWithSubscribers") or []:
        _notify(record, one["Notification"], one["Subscribers"])
    call.store.add(record)


def _update(call: Call) -> None:
    budget = call.request["NewBudget"]
    record = _budget(call, budget["BudgetName"])
    record.attributes = _completed(call, budget)


def _describe(call: Call) -> Mapping[str, Any]:
    return {"Budget": _budget(call).attributes}


def _describe_all(call: Call) -> Mapping[str, Any]:
    _check_account(call)
    budgets = [record.attributes for record in call.store.of("Budget").values()]
    return _paged(call, "Budgets", budgets, 100, lambda one: str(one["BudgetName"]))


def _delete(call: Call) -> None:
    call.store.remove(_budget(call))


def _paged(
    call: Call, member: str, items: list[Any], size: int, name: Callable[[Any], str] = repr
) -> Mapping[str, Any]:
    part, token = page(items, call.request, size, name)
    return {member: part} | ({"NextToken": token} if token else {})


def _normalized(notification: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notification as AWS stores it. PERCENTAGE is the default threshold type, and AWS omits it."""
    kept = {key: value for key, value in notification.items() if value is not None}
    if kept.get("ThresholdType") == "PERCENTAGE":
        del kept["ThresholdType"]
    kept["Threshold"] = float(kept["Threshold"])
    kept["NotificationState"] = "OK"
    return kept


def _notify(record: Record, notification: Mapping[str, Any], subscribers: list[dict[str, str]]) -> None:
    wanted = _normalized(notification)
    notifications: list[dict[str, Any]] = record.private["notifications"]
    if any(one["notification"] == wanted for one in notifications):
        raise errors.failure("DuplicateRecordException", "Error creating notification: it already exists.")
    if len(notifications) >= 10:
        raise errors.failure("CreationLimitExceededException", "A budget can have at most 10 notifications.")
    notifications.append({"notification": wanted, "subscribers": [dict(one) for one in subscribers]})


def _notification(call: Call, member: str = "Notification") -> dict[str, Any]:
    record, wanted = _budget(call), _normalized(call.request[member])
    for one in record.private["notifications"]:
        if one["notification"] == wanted:
            found: dict[str, Any] = one
            return found
    raise _not_found(f"Unable to get notification of budget {record.name} - the notification doesn't exist.")


def _create_notification(call: Call) -> None:
    _notify(_budget(call), call.request["Notification"], call.request["Subscribers"])


def _update_notification(call: Call) -> None:
    _notification(call, "OldNotification")["notification"] = _normalized(call.request["NewNotification"])


def _delete_notification(call: Call) -> None:
    notification = _notification(call)
    _budget(call).private["notifications"].remove(notification)


def _describe_notifications(call: Call) -> Mapping[str, Any]:
    found = [one["notification"] for one in _budget(call).private["notifications"]]
    return _paged(call, "Notifications", found, 100)


def _describe_subscribers(call: Call) -> Mapping[str, Any]:
    return _paged(call, "Subscribers", _notification(call)["subscribers"], 100)


def _create_subscriber(call: Call) -> None:
    subscribers = _notification(call)["subscribers"]
    if call.request["Subscriber"] in subscribers:
        raise errors.failure("DuplicateRecordException", "Error creating subscriber: it already exists.")
    subscribers.append(call.request["Subscriber"])


def _replace_subscriber(call: Call, old: str, new: str | None) -> None:
    subscribers = _notification(call)["subscribers"]
    if call.request[old] not in subscribers:
        raise _not_found("Unable to get subscriber - the subscriber doesn't exist.")
    index = subscribers.index(call.request[old])
    subscribers[index : index + 1] = [call.request[new]] if new else []


def _delete_subscriber(call: Call) -> None:
    _replace_subscriber(call, "Subscriber", None)


def _update_subscriber(call: Call) -> None:
    _replace_subscriber(call, "OldSubscriber", "NewSubscriber")


def _tagged(call: Call) -> Record:
    record = call.store.by_arn(call.request["ResourceARN"])
    if record is None:
        raise _not_found(f"Unable to get {call.request['ResourceARN']} - the resource doesn't exist.")
    return record


def _tag(call: Call) -> None:
    _tagged(call).tags |= {tag["Key"]: tag["Value"] for tag in call.request["ResourceTags"]}


def _untag(call: Call) -> None:
    for key in call.request["ResourceTagKeys"]:
        _tagged(call).tags.pop(key, None)


def _list_tags(call: Call) -> Mapping[str, Any]:
    return {"ResourceTags": as_list(_tagged(call).tags)}


_OPERATIONS: dict[str, Operation] = {
    "CreateBudget": _create,
    "UpdateBudget": _update,
    "DescribeBudget": _describe,
    "DescribeBudgets": _describe_all,
    "DeleteBudget": _delete,
    "CreateNotification": _create_notification,
    "UpdateNotification": _update_notification,
    "DeleteNotification": _delete_notification,
    "DescribeNotificationsForBudget": _describe_notifications,
    "CreateSubscriber": _create_subscriber,
    "UpdateSubscriber": _update_subscriber,
    "DeleteSubscriber": _delete_subscriber,
    "DescribeSubscribersForNotification": _describe_subscribers,
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTagsForResource": _list_tags,
}
