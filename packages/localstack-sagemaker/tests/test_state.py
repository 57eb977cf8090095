"""Where LocalStack saves state, it finds all of ours, and what comes back goes on where it was."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from emulated.inprocess import InProcess
from localstack.services.plugins import Service
from localstack.services.stores import AccountRegionBundle
from localstack.state import pickle as localstack_pickle

from localstack_sagemaker import plugins
from localstack_sagemaker.autoscaling import autoscaling_provider
from localstack_sagemaker.budgets import budgets_provider
from localstack_sagemaker.clock import Clock, clocks
from localstack_sagemaker.models import STORES, store_of
from localstack_sagemaker.provider import sagemaker_provider


class Visitor:
    """Takes down what LocalStack would save."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def visit(self, container: Any) -> None:
        self.seen.append(container)


@pytest.fixture
def here() -> InProcess:
    return InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))


@pytest.mark.parametrize("make", [sagemaker_provider, autoscaling_provider, budgets_provider])
def test_localstack_is_led_to_the_stores(make: Any) -> None:
    provider, visitor = make(), Visitor()
    service: Service = plugins._service(provider)
    service.accept_state_visitor(visitor)
    assert visitor.seen == [STORES[provider.service]]
    assert isinstance(visitor.seen[0], AccountRegionBundle)


def fill(here: InProcess) -> None:
    """A resource at rest with tags, and one that is on its way."""
    here.call(
        "CreateModel", {"ModelName": "m", "PrimaryContainer": {"Image": "i"}, "Tags": [{"Key": "a", "Value": "1"}]}
    )
    clocks.set(Clock.parse("manual"), here.account)
    request = {
        "NotebookInstanceName": "n",
        "InstanceType": "ml.t3.medium",
        "RoleArn": "arn:aws:iam::123456789012:role/r",
    }
    here.call("CreateNotebookInstance", request)


def test_a_store_comes_back_from_where_localstack_keeps_it(here: InProcess) -> None:
    fill(here)
    store = store_of("sagemaker", here.account, here.region)
    back = localstack_pickle.loads(localstack_pickle.dumps(store))
    assert {(one.noun, one.name): (one.attributes, one.tags, one.ahead) for one in back.all()} == {
        (one.noun, one.name): (one.attributes, one.tags, one.ahead) for one in store.all()
    }
    assert back.by_arn(f"arn:aws:sagemaker:us-east-1:{here.account}:model/m").tags == {"a": "1"}
    assert back.moving == store.moving


def test_what_was_on_its_way_arrives_after_a_restart(here: InProcess) -> None:
    fill(here)
    bundle = STORES["sagemaker"][here.account]
    saved = localstack_pickle.dumps(bundle[here.region])
    store_of("sagemaker", here.account, here.region).forget()
    assert here.call("ListModels", {}) == {"Models": []}
    restored = localstack_pickle.loads(saved)
    store = store_of("sagemaker", here.account, here.region)
    store.__dict__.update(restored.__dict__)
    assert [one["ModelName"] for one in here.call("ListModels", {})["Models"]] == ["m"]
    clocks.of(here.account).advance(90)
    shown = here.call("DescribeNotebookInstance", {"NotebookInstanceName": "n"})
    assert shown["NotebookInstanceStatus"] == "InService"
