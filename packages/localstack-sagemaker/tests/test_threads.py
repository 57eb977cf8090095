"""Eight threads use the same and different resources: no bug, no lost update, consistent lists."""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from emulated.inprocess import InProcess

from localstack_sagemaker.errors import ServiceFailure

THREADS, SHARED, SECONDS = 8, 3, 2.0
EXPECTED = {"ValidationException", "ResourceInUse", "ResourceNotFound", "ConflictException"}
IMAGE = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1"}


class Worker:
    """One thread. `own` are the models that it has, `tagged` is the last value of its tag."""

    def __init__(self, number: int, account: InProcess, deadline: float) -> None:
        self.number, self.account, self.deadline = number, account, deadline
        self.random = random.Random(number)  # noqa: S311
        self.codes: Counter[str] = Counter()
        self.own: set[str] = set()
        self.tagged = 0

    def call(self, operation: str, **request: Any) -> dict[str, Any] | None:
        try:
            return self.account.call(operation, request)
        except ServiceFailure as error:
            assert error.status_code == 400
            self.codes[error.code] += 1
            assert error.code in EXPECTED, f"{operation}: {error}"
            return None

    def run(self) -> Worker:
        steps = (self.own_model, self.shared_model, self.shared_endpoint, self.lists, self.tags)
        while time.monotonic() < self.deadline:
            self.random.choice(steps)()
        return self

    def own_model(self) -> None:
        name = f"own-{self.number}-{self.random.randrange(5)}"
        if name in self.own:
            assert self.call("DescribeModel", ModelName=name)
            assert self.call("DeleteModel", ModelName=name) is not None
            self.own.remove(name)
        else:
            assert self.call("CreateModel", ModelName=name, PrimaryContainer=dict(IMAGE))
            self.own.add(name)

    def shared_model(self) -> None:
        name = f"contested-{self.random.randrange(SHARED)}"
        self.call(self.random.choice(("DescribeModel", "DeleteModel")), ModelName=name)
        self.call("CreateModel", ModelName=name, PrimaryContainer=dict(IMAGE))

    def shared_endpoint(self) -> None:
        name = f"endpoint-{self.random.randrange(SHARED)}"
        number = self.random.randrange(1, 5)
        wanted = [{"VariantName": "live", "DesiredInstanceCount": number, "DesiredWeight": float(number)}]
        self.call("UpdateEndpointWeightsAndCapacities", EndpointName=name, DesiredWeightsAndCapacities=wanted)
        described = self.call("DescribeEndpoint", EndpointName=name)
        assert described is not None
        (variant,) = described["ProductionVariants"]
        # a response is of one moment: count and weight are set together
        assert variant["DesiredInstanceCount"] == variant["DesiredWeight"], variant

    def lists(self) -> None:
        token: dict[str, str] = {}
        names: list[str] = []
        while True:
            page = self.call("ListModels", MaxResults=7, SortBy="Name", NameContains=f"own-{self.number}-", **token)
            assert page is not None
            names += [one["ModelName"] for one in page["Models"]]
            if not page.get("NextToken"):
                break
            token = {"NextToken": page["NextToken"]}
        assert sorted(names) == sorted(self.own)
        self.call("ListEndpoints", StatusEquals="InService")

    def tags(self) -> None:
        self.tagged += 1
        key = f"thread-{self.number}"
        tag = {"Key": key, "Value": str(self.tagged)}
        assert self.call("AddTags", ResourceArn=self.account.arn("model/tagged"), Tags=[tag])
        found = self.call("ListTags", ResourceArn=self.account.arn("model/tagged"))
        assert found is not None
        assert tag in found["Tags"]


def test_threads_see_consistent_resources(caplog: pytest.LogCaptureFixture) -> None:
    account = InProcess("123456789077")
    account.call("CreateModel", {"ModelName": "tagged", "PrimaryContainer": dict(IMAGE)})
    variant = {"VariantName": "live", "ModelName": "tagged", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    account.call("CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": [variant]})
    for number in range(SHARED):
        account.call("CreateEndpoint", {"EndpointName": f"endpoint-{number}", "EndpointConfigName": "c"})
    caplog.set_level(logging.WARNING)
    deadline = time.monotonic() + SECONDS
    with ThreadPoolExecutor(THREADS) as pool:
        workers = list(pool.map(lambda number: Worker(number, account, deadline).run(), range(THREADS)))
    assert not [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    tags = {
        tag["Key"]: tag["Value"]
        for tag in account.call("ListTags", {"ResourceArn": account.arn("model/tagged")})["Tags"]
    }
    assert tags == {f"thread-{one.number}": str(one.tagged) for one in workers if one.tagged}
    listed = {one["ModelName"] for one in account.call("ListModels", {"MaxResults": 100})["Models"]}
    assert {name for name in listed if name.startswith("own-")} == set().union(*(one.own for one in workers))
