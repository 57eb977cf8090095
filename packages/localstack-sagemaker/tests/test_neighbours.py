"""SageMaker's resources in CloudFormation and the Resource Groups Tagging API, and LocalStack's first requests."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from emulated.account import Account, wait_for
from emulated.recipes import make

from localstack_sagemaker.in_localstack import patches, service_loading

REFUSED = {
    "AWS::SageMaker::Model": {"PrimaryContainer": {"Image": "i"}, "ExecutionRoleArn": "arn:aws:iam::1:role/r"},
    "AWS::Budgets::Budget": {"Budget": {"BudgetType": "COST", "TimeUnit": "MONTHLY"}},
    "AWS::ApplicationAutoScaling::ScalableTarget": {"MaxCapacity": 1, "MinCapacity": 1},
}


@pytest.mark.parametrize("type_", REFUSED)
def test_stack_with_a_resource_of_the_plugin_fails_by_name(account: Account, type_: str) -> None:
    client = account.client("cloudformation")
    body = {
        "Resources": {
            "Own": {"Type": type_, "Properties": REFUSED[type_]},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}},
        }
    }
    client.create_stack(StackName="s", TemplateBody=json.dumps(body))

    def ended() -> str:
        status: str = client.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"]
        return "" if status.endswith("_IN_PROGRESS") else status

    assert wait_for(ended) in ("CREATE_FAILED", "ROLLBACK_COMPLETE")
    reasons = [
        str(one.get("ResourceStatusReason")) for one in client.describe_stack_events(StackName="s")["StackEvents"]
    ]
    assert any(f"{type_} is not emulated by localstack-sagemaker in CloudFormation" in one for one in reasons), reasons
    stack = client.describe_stacks(StackName="s")["Stacks"][0]["StackId"]
    client.delete_stack(StackName="s")
    wait_for(lambda: client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE")


def test_tagging_api_has_the_resources_of_the_plugin(account: Account) -> None:
    api = account.client("resourcegroupstaggingapi")
    tags = [{"Key": "team", "Value": "risk"}, {"Key": "stage", "Value": "dev"}]
    arns = {noun: make(account, noun, Tags=tags)[f"{noun}Arn"] for noun in ("Model", "Experiment")}
    make(account, "CodeRepository")

    def found(**filters: Any) -> list[str]:
        listed = api.get_resources(**filters)["ResourceTagMappingList"]
        return sorted(one["ResourceARN"] for one in listed)

    assert found() == sorted(arns.values())
    assert found(ResourceTypeFilters=["sagemaker:model"]) == [arns["Model"]]
    assert found(ResourceTypeFilters=["s3"]) == []
    assert found(TagFilters=[{"Key": "team", "Values": ["risk", "other"]}]) == sorted(arns.values())
    assert found(TagFilters=[{"Key": "team", "Values": ["other"]}]) == []
    assert api.get_tag_keys()["TagKeys"] == ["team", "stage"]
    assert api.get_tag_values(Key="stage")["TagValues"] == ["dev"]


def test_tagging_api_changes_tags(account: Account) -> None:
    api, arn = account.client("resourcegroupstaggingapi"), make(account, "Model")["ModelArn"]
    missing = arn.replace("example", "missing")
    failed = api.tag_resources(ResourceARNList=[arn, missing], Tags={"team": "risk", "stage": "dev"})
    assert list(failed["FailedResourcesMap"]) == [missing]
    assert failed["FailedResourcesMap"][missing]["ErrorCode"] == "InvalidParameterException"
    failed = api.untag_resources(ResourceARNList=[arn, missing], TagKeys=["stage"])
    assert list(failed["FailedResourcesMap"]) == [missing]
    assert account.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "risk"}]


def test_requests_wait_until_the_first_one_has_loaded_the_service() -> None:
    from localstack.aws.handlers.service_plugin import ServiceLoader
    from localstack.services.plugins import Service

    original = ServiceLoader.require_service
    routes: list[Any] = []

    def add(skeleton: Any) -> None:
        time.sleep(0.2)
        routes.append(skeleton)

    manager = SimpleNamespace(exists=lambda _: True, require=lambda name: Service(name=name, skeleton=name))
    loader = ServiceLoader(manager, SimpleNamespace(add_skeleton=add))
    seen = []

    def request() -> None:
        loader(None, SimpleNamespace(service=SimpleNamespace(service_name="sqs")), None)
        seen.append(len(routes))

    service_loading.install()
    try:
        threads = [threading.Thread(target=request) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        ServiceLoader.require_service = original
    assert seen == [1] * 8


def test_first_requests_in_an_account_see_the_same_event_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    from localstack.services.events.provider import EventsProvider

    create = EventsProvider.create_event_bus_service

    def slow(self: EventsProvider, *args: Any) -> Any:
        time.sleep(0.05)
        return create(self, *args)

    monkeypatch.setattr(EventsProvider, "create_event_bus_service", slow)
    monkeypatch.setattr(EventsProvider, "get_store", EventsProvider.get_store)  # restored afterwards
    patches._patch_events()
    provider, number = EventsProvider(), Account("").number
    with ThreadPoolExecutor(max_workers=8) as pool:
        waiting = [
            pool.submit(lambda: provider.get_store("eu-west-1", number).event_buses["default"]) for _ in range(8)
        ]
    assert len({id(one.result()) for one in waiting}) == 1
