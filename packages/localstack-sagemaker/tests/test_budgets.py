"""Budgets: budgets with notifications, and invalid requests."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of

NOTIFICATION = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
MAIL = {"SubscriptionType": "EMAIL", "Address": "me@example.com"}


def create(account: Account, **more: Any) -> Any:
    budget = {
        "BudgetName": "month",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "100", "Unit": "USD"},
        **more,
    }
    return account.client("budgets").create_budget(
        AccountId=account.number,
        Budget={name: value for name, value in budget.items() if value is not None},
        NotificationsWithSubscribers=[{"Notification": NOTIFICATION, "Subscribers": [MAIL]}],
        ResourceTags=[{"Key": "owner", "Value": "me"}],
    )


def test_describe_includes_aws_defaults(account: Account) -> None:
    create(account)
    budgets, key = account.client("budgets"), {"AccountId": account.number, "BudgetName": "month"}
    shown = budgets.describe_budget(**key)["Budget"]
    assert shown["BudgetLimit"] == {"Amount": "100.0", "Unit": "USD"}
    assert shown["CalculatedSpend"]["ActualSpend"] == {"Amount": "0.0", "Unit": "USD"}
    assert shown["CostTypes"]["IncludeTax"] is True
    assert shown["TimePeriod"]["Start"].day == 1
    assert shown["TimePeriod"]["End"].year == 2087
    assert [one["BudgetName"] for one in budgets.describe_budgets(AccountId=account.number)["Budgets"]] == ["month"]
    arn = f"arn:aws:budgets::{account.number}:budget/month"
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "owner", "Value": "me"}]
    budgets.delete_budget(**key)
    assert error_of(lambda: budgets.describe_budget(**key)) == (
        "NotFoundException",
        "Unable to get budget: month - the budget doesn't exist.",
    )


def test_notifications_and_subscribers(account: Account) -> None:
    create(account)
    budgets, key = account.client("budgets"), {"AccountId": account.number, "BudgetName": "month"}
    notification = {**key, "Notification": NOTIFICATION}
    (shown,) = budgets.describe_notifications_for_budget(**key)["Notifications"]
    assert shown == {**NOTIFICATION, "NotificationState": "OK"}
    topic = {"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-1:123456789012:t"}
    budgets.create_subscriber(**notification, Subscriber=topic)
    assert (
        error_of(lambda: budgets.create_subscriber(**notification, Subscriber=topic))[0] == "DuplicateRecordException"
    )
    assert budgets.describe_subscribers_for_notification(**notification)["Subscribers"] == [MAIL, topic]
    budgets.delete_subscriber(**notification, Subscriber=MAIL)
    assert budgets.describe_subscribers_for_notification(**notification)["Subscribers"] == [topic]
    changed = {**NOTIFICATION, "Threshold": 90.0, "ThresholdType": "PERCENTAGE"}
    budgets.update_notification(**key, OldNotification=NOTIFICATION, NewNotification=changed)
    (shown,) = budgets.describe_notifications_for_budget(**key)["Notifications"]
    assert shown == {**NOTIFICATION, "Threshold": 90.0, "NotificationState": "OK"}
    budgets.delete_notification(**key, Notification=changed)
    assert budgets.describe_notifications_for_budget(**key)["Notifications"] == []


@pytest.mark.parametrize("type_", ["FORECAST", "HISTORICAL"])
def test_adjusted_budget_has_what_terraform_reads_without_a_check(account: Account, type_: str) -> None:
    options = {"HistoricalOptions": {"BudgetAdjustmentPeriod": 3}} if type_ == "HISTORICAL" else {}
    create(account, BudgetLimit=None, AutoAdjustData={"AutoAdjustType": type_, **options})
    request = {"AccountId": account.number, "BudgetName": "month"}
    # the model requires a member of HistoricalOptions that AWS does not return for a forecast
    shown = account.send("DescribeBudget", request, "budgets").document["Budget"]["AutoAdjustData"]
    assert shown["LastAutoAdjustTime"]
    expected = {"BudgetAdjustmentPeriod": 3, "LookBackAvailablePeriods": 1} if options else {}
    assert shown["HistoricalOptions"] == expected


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"BudgetLimit": None, "AutoAdjustData": {"AutoAdjustType": "HISTORICAL"}}, "InvalidParameterException"),
        ({"BudgetLimit": None}, "InvalidParameterException"),
        ({"BudgetLimit": {"Amount": "much", "Unit": "USD"}}, "ValidationException"),
        ({"BudgetLimit": {"Amount": "-1", "Unit": "USD"}}, "ValidationException"),
        ({"TimePeriod": {"Start": "2030-01-01", "End": "2029-01-01"}}, "InvalidParameterException"),
    ],
)
def test_invalid_budget_is_rejected(account: Account, more: dict[str, Any], code: str) -> None:
    assert error_of(lambda: create(account, **more))[0] == code
    assert account.client("budgets").describe_budgets(AccountId=account.number)["Budgets"] == []


def test_budget_names_are_unique_and_private_to_the_account(account: Account) -> None:
    create(account)
    assert error_of(lambda: create(account))[0] == "DuplicateRecordException"
    other = Account(account.url)
    key = {"AccountId": account.number, "BudgetName": "month"}
    assert error_of(lambda: other.client("budgets").describe_budget(**key))[0] == "AccessDeniedException"
    # the service is global: every region has the same budgets
    budgets = account.in_region("eu-west-1").client("budgets")
    assert budgets.describe_budget(**key)["Budget"]["BudgetName"] == "month"
