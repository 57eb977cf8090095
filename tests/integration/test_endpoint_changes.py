"""Changes of model and kind on a live endpoint: what a client sees, and what remains after a SageMaker rollback.

Each test applies `modules/endpoint` in a separate account while a client invokes the endpoint continuously and without
retries. Models respond with their version, which shows which one responded.
"""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from modproof.core.parallel import side_by_side
from modproof.emulator import Emulator
from modproof.terraform.runner import Diagnostic

CopiedModule = Callable[[str, str], Any]

NAME = "demo"
KEY = "11111111-2222-3333-4444-555555555555"


class Deployment:
    """An endpoint created by a copy of the module, in one account."""

    def __init__(self, applied: Any, emulator: Emulator) -> None:
        self.applied = applied
        self.emulator = emulator
        self.account = applied.account
        self.session = emulator.session(self.account, applied.region)
        self.sagemaker = self.session.client("sagemaker")

    def use(self, version: int, kind: str = "provisioned") -> None:
        """Write the configuration for a version of the model."""
        kinds = {"provisioned": {"variants": {"main": {"instance_type": "ml.m5.large"}}}, "serverless": {}}
        region = self.applied.region
        call = {
            "execution_role_arn": f"arn:aws:iam::{self.account}:role/demo",
            "kind": kind,
            kind: kinds[kind],
            "kms_key_arn": f"arn:aws:kms:{region}:{self.account}:key/{KEY}",
            "models": {
                "linear": {
                    "containers": [
                        {
                            "image": f"{self.account}.dkr.ecr.{region}.amazonaws.com/linear:{version}",
                            "model_data_url": f"s3://demo-models/linear/{version}/model.tar.gz",
                        }
                    ]
                }
            },
            "name": NAME,
            "region": region,
        }
        self.applied.call(call)

    def apply(self, version: int, kind: str = "provisioned") -> tuple[Diagnostic, ...]:
        """Deploy a version and return Terraform's errors."""
        self.use(version, kind)
        return self.applied.apply()

    def planned_for_endpoint(self) -> list[str]:
        """Return the actions that Terraform plans for the endpoint."""
        plan = self.applied.root / "plan"
        assert self.applied.terraform.plan_to(plan).errors == ()
        changes = self.applied.terraform.show_plan(plan)["resource_changes"]
        (endpoint,) = [one for one in changes if one["type"] == "aws_sagemaker_endpoint"]
        actions: list[str] = endpoint["change"]["actions"]
        return actions

    def start(self) -> None:
        """Deploy version 1."""
        for version in (1, 2, 3):
            self.control(
                "answers", {"image": f"*/linear:{version}", "body": f"version {version}", "account": self.account}
            )
        # IAM is eventually consistent: SageMaker cannot assume a role that was created a moment ago.
        self.control(
            "faults",
            {
                "effect": "error",
                "operation": "CreateModel",
                "code": "ValidationException",
                "message": f"Could not assume role arn:aws:iam::{self.account}:role/demo",
                "account": self.account,
            },
        )
        assert self.apply(1) == ()

    def control(self, path: str, document: dict[str, Any]) -> None:
        """Post to the emulator's control API."""
        request = urllib.request.Request(
            f"{self.emulator.endpoint_url}/_localstack/sagemaker/{path}",
            data=json.dumps(document).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            assert response.status == 201

    def serving(self) -> tuple[str, str]:
        """Return the current endpoint configuration and its model."""
        config = self.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
        described = self.sagemaker.describe_endpoint_config(EndpointConfigName=config)
        return config, described["ProductionVariants"][0]["ModelName"]

    def left(self) -> dict[str, list[str]]:
        """Return the names of all SageMaker resources in the account."""
        return {
            "endpoints": [e["EndpointName"] for e in self.sagemaker.list_endpoints()["Endpoints"]],
            "configurations": [
                c["EndpointConfigName"] for c in self.sagemaker.list_endpoint_configs()["EndpointConfigs"]
            ],
            "models": [m["ModelName"] for m in self.sagemaker.list_models()["Models"]],
        }


class Client:
    """Invoke the endpoint continuously within the context."""

    def __init__(self, deployment: Deployment) -> None:
        self._client = deployment.session.client("sagemaker-runtime", config=Config(retries={"total_max_attempts": 1}))
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._invoke, daemon=True)
        self.answers: list[str] = []
        self.failures: list[str] = []

    def _invoke(self) -> None:
        while not self._enough.wait(0.05):
            try:
                answer = self._client.invoke_endpoint(EndpointName=NAME, Body=b"1,2,3", ContentType="text/csv")
            except ClientError as error:
                self.failures.append(str(error))
            else:
                self.answers.append(answer["Body"].read().decode())

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()


@pytest.fixture(scope="module")
def deployments(
    request: pytest.FixtureRequest, copied_module: CopiedModule, emulator: Emulator
) -> Iterator[dict[str, Deployment]]:
    """One deployment for each selected test, all with version 1 in service, created in parallel."""
    chosen = [item for item in request.session.items if "deployment" in getattr(item, "fixturenames", ())]
    made = {item.name: Deployment(copied_module("endpoint", emulator.new_account()), emulator) for item in chosen}
    assert side_by_side([one.start for one in made.values()]) == [None] * len(made)
    yield made
    destroyed = side_by_side([one.applied.terraform.destroy_all for one in made.values()])
    assert destroyed == [()] * len(made)
    nothing = {"endpoints": [], "configurations": [], "models": []}
    assert [one.left() for one in made.values()] == [nothing] * len(made)


@pytest.fixture
def deployment(request: pytest.FixtureRequest, deployments: dict[str, Deployment]) -> Deployment:
    return deployments[request.node.name]


def test_a_client_sees_no_failed_request_while_the_model_changes(deployment: Deployment) -> None:
    before = deployment.serving()
    with Client(deployment) as client:
        assert deployment.apply(2) == ()
        again = deployment.applied.terraform.plan_to(deployment.applied.root / "plan")
    after = deployment.serving()

    assert client.failures == []
    assert set(client.answers) == {"version 1", "version 2"}
    assert client.answers == sorted(client.answers)  # the one, then the other
    assert (again.changes, again.errors) == (False, ())
    assert set(before).isdisjoint(after)
    assert deployment.left() == {"endpoints": [NAME], "configurations": [after[0]], "models": [after[1]]}


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        # the provider takes the old configuration in service for a success; the module's postcondition does not
        pytest.param("rollback", "was rolled back to {config}, which is kept and still serves", id="silent"),
        # the provider does not wait for this status
        pytest.param("rolling_back", "unexpected state 'RollingBack'", id="rolling-back"),
    ],
)
def test_a_rollback_fails_the_apply_and_keeps_what_serves(deployment: Deployment, effect: str, said: str) -> None:
    before = deployment.serving()
    deployment.control("faults", {"effect": effect, "operation": "UpdateEndpoint", "account": deployment.account})
    with Client(deployment) as client:
        errors = deployment.apply(2)
        deployment.sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        rolled_back = deployment.serving()
        kept = deployment.left()

        assert len(errors) == 1
        assert said.format(config=before[0]) in errors[0].text
        assert rolled_back == before
        assert before[0] in kept["configurations"]
        assert before[1] in kept["models"]
        assert set(client.answers) == {"version 1"}

        # the endpoint is not tainted, and the failed version can be retried or replaced without a name clash
        deployment.use(3)
        assert deployment.planned_for_endpoint() == ["update"]
        assert deployment.apply(3) == ()
    after = deployment.serving()

    assert client.failures == []
    assert set(client.answers) == {"version 1", "version 3"}
    assert deployment.left() == {"endpoints": [NAME], "configurations": [after[0]], "models": [after[1]]}


def test_an_update_is_refused_were_the_old_configuration_destroyed_first(deployment: Deployment) -> None:
    """Check the tests above: they would fail without create_before_destroy."""
    for name in ("main.tf", "models.tf"):
        source = deployment.applied.module / name
        text = source.read_text(encoding="utf-8")
        assert "create_before_destroy = true" in text
        source.write_text(
            text.replace("create_before_destroy = true", "create_before_destroy = false"), encoding="utf-8"
        )
    with Client(deployment) as client:
        errors = deployment.apply(2)

    assert len(errors) == 1
    assert "Could not find endpoint configuration" in errors[0].text
    assert any("Could not find" in failure for failure in client.failures)


def test_another_kind_replaces_the_endpoint_under_its_name(deployment: Deployment) -> None:
    before = deployment.sagemaker.describe_endpoint(EndpointName=NAME)
    assert deployment.apply(1, "serverless") == ()
    after = deployment.sagemaker.describe_endpoint(EndpointName=NAME)

    assert [variant["VariantName"] for variant in before["ProductionVariants"]] == ["main"]
    assert [variant["VariantName"] for variant in after["ProductionVariants"]] == ["AllTraffic"]
    assert after["ProductionVariants"][0]["CurrentServerlessConfig"] == {"MaxConcurrency": 5, "MemorySizeInMB": 2048}
    assert after["CreationTime"] > before["CreationTime"]
