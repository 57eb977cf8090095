"""Two hundred concurrent clients of one account: no lost or duplicate resources, and one owner per name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from bench.sagemaker import Client, Refused

from modproof.emulator import Emulator

CLIENTS = 200
CONTESTED = 10
SHARED = 8
"""Each is tagged by CLIENTS / SHARED clients: 25, below AWS's limit of 50 tags."""


def model(client: Client, account: str, name: str) -> str:
    role = f"arn:aws:iam::{account}:role/load"
    image = f"{account}.dkr.ecr.eu-west-1.amazonaws.com/load:1"
    answer = client.call("CreateModel", ModelName=name, PrimaryContainer={"Image": image}, ExecutionRoleArn=role)
    return str(answer["ModelArn"])


def refusal(call: Callable[[], Any]) -> str | None:
    """Return the error code of a call, or None when it succeeds."""
    try:
        call()
    except Refused as error:
        assert error.status == 400, error
        return error.code
    return None


def listed(client: Client, operation: str, items: str, name: str) -> list[str]:
    return [item[name] for page in client.pages(operation, MaxResults=100) for item in page[items]]


class Crowd:
    """The shared resources and the work of each client."""

    def __init__(self, server: Emulator) -> None:
        self.server = server
        self.account = server.new_account()
        with Client(server.endpoint_url, self.account) as client:
            self.shared = [model(client, self.account, f"shared-{number}") for number in range(SHARED)]
            self.doomed = [f"doomed-{number}" for number in range(CONTESTED)]
            for name in self.doomed:
                model(client, self.account, name)

    def member(self, index: int) -> tuple[Counter[str], Counter[str]]:
        """Run one client: create, read and tag its resources, delete half of them, and compete for shared names.

        Returns the contested names that it created, and the doomed ones that it deleted.
        """
        with Client(self.server.endpoint_url, self.account) as client:
            kept, dropped = f"kept-{index}", f"dropped-{index}"
            arn = model(client, self.account, kept)
            model(client, self.account, dropped)
            variant = {"VariantName": "live", "ModelName": kept, "InstanceType": "ml.m5.large"}
            variants = [{**variant, "InitialInstanceCount": 1}]
            client.call("CreateEndpointConfig", EndpointConfigName=kept, ProductionVariants=variants)
            if index % 10 == 0:
                client.call("CreateEndpoint", EndpointName=kept, EndpointConfigName=kept)
            assert client.call("DescribeModel", ModelName=kept)["ModelArn"] == arn
            tag = {"Key": f"client-{index}", "Value": kept}
            client.call("AddTags", ResourceArn=self.shared[index % SHARED], Tags=[tag])
            won = _outcome(partial(model, client, self.account), f"contested-{index % CONTESTED}")
            ended = _outcome(lambda name: client.call("DeleteModel", ModelName=name), f"doomed-{index % CONTESTED}")
            client.call("DeleteModel", ModelName=dropped)
            return won, ended


def _outcome(call: Callable[[str], Any], name: str) -> Counter[str]:
    """Return the name if the call succeeded; it may fail as AWS fails a call that came too late."""
    code = refusal(partial(call, name))
    assert code in (None, "ValidationException"), code
    return Counter([name] if code is None else [])


@pytest.fixture(scope="module")
def crowd(emulator: Emulator) -> tuple[Crowd, Counter[str], Counter[str]]:
    crowd = Crowd(emulator)
    with ThreadPoolExecutor(max_workers=CLIENTS) as pool:
        told = list(pool.map(crowd.member, range(CLIENTS)))
    return crowd, sum((won for won, _ in told), Counter()), sum((ended for _, ended in told), Counter())


def test_a_name_that_all_want_has_one_owner(crowd: tuple[Crowd, Counter[str], Counter[str]]) -> None:
    assert crowd[1] == Counter({f"contested-{number}": 1 for number in range(CONTESTED)})


def test_a_thing_is_deleted_once(crowd: tuple[Crowd, Counter[str], Counter[str]]) -> None:
    assert crowd[2] == Counter(crowd[0].doomed)


def test_what_is_listed_is_what_was_made_and_not_deleted(crowd: tuple[Crowd, Counter[str], Counter[str]]) -> None:
    all_in = crowd[0]
    kept = [f"kept-{index}" for index in range(CLIENTS)]
    models = [f"contested-{number}" for number in range(CONTESTED)] + [f"shared-{number}" for number in range(SHARED)]
    with Client(all_in.server.endpoint_url, all_in.account) as client:
        assert sorted(listed(client, "ListModels", "Models", "ModelName")) == sorted(models + kept)
        configs = listed(client, "ListEndpointConfigs", "EndpointConfigs", "EndpointConfigName")
        assert sorted(configs) == sorted(kept)
        endpoints = listed(client, "ListEndpoints", "Endpoints", "EndpointName")
        assert sorted(endpoints) == sorted(f"kept-{index}" for index in range(0, CLIENTS, 10))


def test_every_tag_that_was_added_is_there(crowd: tuple[Crowd, Counter[str], Counter[str]]) -> None:
    all_in = crowd[0]
    with Client(all_in.server.endpoint_url, all_in.account) as client:
        for number, arn in enumerate(all_in.shared):
            tags = [tag["Key"] for page in client.pages("ListTags", ResourceArn=arn) for tag in page["Tags"]]
            assert sorted(tags) == sorted(f"client-{index}" for index in range(number, CLIENTS, SHARED))


def test_no_other_account_or_region_saw_any_of_it(crowd: tuple[Crowd, Counter[str], Counter[str]]) -> None:
    all_in = crowd[0]
    places = [(all_in.server.new_account(), "eu-west-1"), (all_in.account, "eu-west-2")]
    for account, region in places:
        with Client(all_in.server.endpoint_url, account, region) as client:
            assert listed(client, "ListModels", "Models", "ModelName") == []
