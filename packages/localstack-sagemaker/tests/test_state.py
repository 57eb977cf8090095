"""LocalStack's persistence saves the stores, and restored resources continue."""

from __future__ import annotations

import secrets
import subprocess
import sys

import pytest
from emulated.inprocess import InProcess
from localstack.state import pickle as localstack_pickle

from localstack_sagemaker.clock import Clock, clocks
from localstack_sagemaker.store import STORES, store_of

# In a separate process: LocalStack's stores replace those that other tests have filled.
VISIT = """
from localstack.services.stores import AccountRegionBundle
from localstack_sagemaker import plugins
from localstack_sagemaker.autoscaling import autoscaling_provider
from localstack_sagemaker.budgets import budgets_provider
from localstack_sagemaker.provider import sagemaker_provider
from localstack_sagemaker.store import STORES

class Visitor:
    def visit(self, container):
        seen.append(container)

for make in (sagemaker_provider, autoscaling_provider, budgets_provider):
    provider, seen = make(), []
    plugins._service(lambda: provider).accept_state_visitor(Visitor())
    assert seen == [STORES[provider.service]], seen
    assert isinstance(seen[0], AccountRegionBundle), seen
    print(provider.service)
"""


@pytest.fixture
def account() -> InProcess:
    return InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))


def test_state_visitor_gets_the_stores() -> None:
    done = subprocess.run([sys.executable, "-c", VISIT], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.split() == ["sagemaker", "application-autoscaling", "budgets"], done.stderr


def fill(account: InProcess) -> None:
    """Create a tagged resource in its final status, and one with a scheduled status."""
    account.call(
        "CreateModel", {"ModelName": "m", "PrimaryContainer": {"Image": "i"}, "Tags": [{"Key": "a", "Value": "1"}]}
    )
    clocks.set(Clock.parse("manual"), account.account)
    request = {
        "NotebookInstanceName": "n",
        "InstanceType": "ml.t3.medium",
        "RoleArn": "arn:aws:iam::123456789012:role/r",
    }
    account.call("CreateNotebookInstance", request)


def test_store_survives_pickling(account: InProcess) -> None:
    fill(account)
    store = store_of("sagemaker", account.account, account.region)
    restored = localstack_pickle.loads(localstack_pickle.dumps(store))
    assert {(one.noun, one.name): (one.attributes, one.tags, one.ahead) for one in restored.all()} == {
        (one.noun, one.name): (one.attributes, one.tags, one.ahead) for one in store.all()
    }
    assert restored.by_arn(f"arn:aws:sagemaker:us-east-1:{account.account}:model/m").tags == {"a": "1"}
    assert restored.moving == store.moving


def test_scheduled_statuses_continue_after_a_restart(account: InProcess) -> None:
    fill(account)
    bundle = STORES["sagemaker"][account.account]
    saved = localstack_pickle.dumps(bundle[account.region])
    store_of("sagemaker", account.account, account.region).clear()
    assert account.call("ListModels", {}) == {"Models": []}
    restored = localstack_pickle.loads(saved)
    store = store_of("sagemaker", account.account, account.region)
    store.__dict__.update(restored.__dict__)
    assert [one["ModelName"] for one in account.call("ListModels", {})["Models"]] == ["m"]
    clocks.of(account.account).advance(90)
    shown = account.call("DescribeNotebookInstance", {"NotebookInstanceName": "n"})
    assert shown["NotebookInstanceStatus"] == "InService"
