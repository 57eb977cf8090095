"""Compare operations per second of localstack-sagemaker and moto's SageMaker, each in a separate LocalStack.

Rounds alternate between the two, so that other load on the machine affects both; the ratio is that of the medians. The
operations are those that both support: create, describe, list, tag and delete models and endpoint configurations. A
failed operation ends the benchmark.

Also measured: the start of a server, a thousand endpoints in one account, and the memory of ten thousand resources.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from bench import memory
from bench.sagemaker import Client
from modproof import emulator
from modproof.core.errors import EmulatorError
from modproof.core.project import Project
from modproof.emulator import Emulator

_ROLE = "arn:aws:iam::{account}:role/bench"
_IMAGE = "{account}.dkr.ecr.eu-west-1.amazonaws.com/bench:1"
_TAGS = [{"Key": "Owner", "Value": "bench"}, {"Key": "Project", "Value": "bench"}]


def lifetime(client: Client, account: str, name: str) -> int:
    """Create, use and delete one model and one endpoint configuration; return the number of calls."""
    calls = 0

    def call(operation: str, **request: Any) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        return client.call(operation, **request)

    image, role = _IMAGE.format(account=account), _ROLE.format(account=account)
    container = {"Image": image, "ModelDataUrl": f"s3://bench/{name}.tar.gz"}
    model = call("CreateModel", ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role, Tags=_TAGS)
    variant = {"VariantName": "live", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    config = call("CreateEndpointConfig", EndpointConfigName=name, ProductionVariants=[variant], Tags=_TAGS)
    for _ in range(3):
        call("DescribeModel", ModelName=name)
        call("DescribeEndpointConfig", EndpointConfigName=name)
        call("ListTags", ResourceArn=model["ModelArn"])
    call("AddTags", ResourceArn=config["EndpointConfigArn"], Tags=[{"Key": "Step", "Value": "2"}])
    call("ListModels", MaxResults=10)
    call("ListEndpointConfigs", MaxResults=10)
    call("DeleteTags", ResourceArn=config["EndpointConfigArn"], TagKeys=["Step"])
    call("DeleteEndpointConfig", EndpointConfigName=name)
    call("DeleteModel", ModelName=name)
    return calls


def round_of(server: Emulator, *, clients: int, lifetimes: int, number: int) -> float:
    """Return operations per second of ``clients`` in parallel, each with ``lifetimes`` lifecycles, in a new account."""
    account = server.new_account()

    def work(index: int) -> int:
        with Client(server.endpoint_url, account) as client:
            names = (f"bench-{number}-{index}-{one}" for one in range(lifetimes))
            return sum(lifetime(client, account, name) for name in names)

    with ThreadPoolExecutor(max_workers=clients) as pool:
        begun = time.perf_counter()
        calls = sum(pool.map(work, range(clients)))
        return calls / (time.perf_counter() - begun)


def _role_key(server: Emulator, account: str) -> str:
    """Let roles decide in ``account``, and return the access key of a session of the role that the models have."""
    session = server.session(account, "eu-west-1")
    iam, name = session.client("iam"), _ROLE.rpartition("/")[2]
    service = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(service))["Role"]["Arn"]
    for number, actions in enumerate((["sagemaker:*", "iam:PassRole"], ["s3:*"], ["ecr:*"], ["logs:*", "kms:*"])):
        allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        denied = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": _NEVER}
        iam.put_role_policy(RoleName=name, PolicyName=f"part-{number}", PolicyDocument=_policy(allowed, denied))
    server.enforce(account, enabled=True)
    assumed = session.client("sts").assume_role(RoleArn=arn, RoleSessionName="bench")
    return str(assumed["Credentials"]["AccessKeyId"])


_NEVER = {"Bool": {"aws:SecureTransport": "false"}, "StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def latencies(server: Emulator, *, rounds: int, lifetimes: int) -> dict[str, float]:
    """Return median and 99th percentile of a request in milliseconds, with and without enforcement.

    One client makes the requests, alternately with the key of an account and as a role of another one.
    """
    accounts = {"off": server.new_account(), "on": server.new_account()}
    keys = {"off": accounts["off"], "on": _role_key(server, accounts["on"])}
    taken: dict[str, list[float]] = {"off": [], "on": []}
    for number in range(rounds + 1):
        for mode, account in accounts.items():
            with _TimedClient(server.endpoint_url, keys[mode]) as client:
                for one in range(lifetimes):
                    lifetime(client, account, f"bench-{number}-{one}")
                if number:  # the first round reads policies and loads code
                    taken[mode] += client.milliseconds
    figures: dict[str, float] = {}
    for mode, found in taken.items():
        percentiles = statistics.quantiles(found, n=100)
        figures[f"enforcement_{mode}_median_ms"] = round(percentiles[49], 2)
        figures[f"enforcement_{mode}_p99_ms"] = round(percentiles[98], 2)
    added = figures["enforcement_on_median_ms"] - figures["enforcement_off_median_ms"]
    figures["enforcement_adds_ms"] = round(added, 2)
    return figures


class _TimedClient(Client):
    """Records the time of each call."""

    def __init__(self, endpoint_url: str, account: str) -> None:
        super().__init__(endpoint_url, account)
        self.milliseconds: list[float] = []

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        begun = time.perf_counter()
        answer = super().call(operation, **request)
        self.milliseconds.append((time.perf_counter() - begun) * 1e3)
        return answer


def endpoints(server: Emulator, *, clients: int, number: int) -> dict[str, float]:
    """Return the 99th percentile in milliseconds of creating and of describing ``number`` endpoints in one account."""
    account = server.new_account()
    with _TimedClient(server.endpoint_url, account) as client:
        image, role = _IMAGE.format(account=account), _ROLE.format(account=account)
        client.call("CreateModel", ModelName="m", PrimaryContainer={"Image": image}, ExecutionRoleArn=role)
        variant = {"VariantName": "live", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        client.call("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[variant])

    def work(index: int) -> list[float]:
        with _TimedClient(server.endpoint_url, account) as client:
            for one in range(number // clients):
                client.call("CreateEndpoint", EndpointName=f"e-{index}-{one}", EndpointConfigName="c")
                client.call("DescribeEndpoint", EndpointName=f"e-{index}-{one}")
            return client.milliseconds

    with ThreadPoolExecutor(max_workers=clients) as pool:
        found = sorted(wait for waits in pool.map(work, range(clients)) for wait in waits)
    return {"endpoints_p99_ms": round(found[len(found) * 99 // 100], 1), "endpoints_longest_ms": round(found[-1], 1)}


def resources(server: Emulator, *, clients: int, number: int) -> dict[str, int]:
    """Return the memory of the server in megabytes before and after ``number`` models."""
    before, account = memory.of_children(), server.new_account()

    def work(index: int) -> None:
        with Client(server.endpoint_url, account) as client:
            image, role = _IMAGE.format(account=account), _ROLE.format(account=account)
            for one in range(number // clients):
                name = f"m-{index}-{one}"
                client.call("CreateModel", ModelName=name, PrimaryContainer={"Image": image}, ExecutionRoleArn=role)

    with ThreadPoolExecutor(max_workers=clients) as pool:
        list(pool.map(work, range(clients)))
    return {"memory_mb": before, "memory_with_resources_mb": memory.of_children()}


def _refuse_the_same(ours: Emulator, moto: Emulator) -> None:
    """Raise EmulatorError unless ``ours`` stores models in the plug-in, and ``moto`` does not."""
    kept = []
    for server in (ours, moto):
        account = server.new_account()
        with Client(server.endpoint_url, account) as client:
            image = _IMAGE.format(account=account)
            role = _ROLE.format(account=account)
            client.call("CreateModel", ModelName="who", PrimaryContainer={"Image": image}, ExecutionRoleArn=role)
            kept.append(bool(client.read(f"/_localstack/sagemaker/resources?account={account}")["resources"]))
    if kept != [True, False]:
        raise EmulatorError("the two servers are not the plug-in and moto", hint="is localstack-sagemaker installed?")


def measure(project: Project, *, rounds: int, clients: int, lifetimes: int) -> dict[str, float | int]:
    """Return both rates and their ratio, which is above 1 if the plug-in is faster."""
    with contextlib.ExitStack() as stack:
        begun = time.perf_counter()
        ours = stack.enter_context(emulator.running(project))
        start = time.perf_counter() - begun
        scale = {**endpoints(ours, clients=clients, number=1_000), **resources(ours, clients=clients, number=10_000)}
        moto = stack.enter_context(emulator.running(project, settings={"PROVIDER_OVERRIDE_SAGEMAKER": "moto"}))
        _refuse_the_same(ours, moto)
        one: Callable[..., float] = partial(round_of, clients=clients, lifetimes=lifetimes)
        one(ours, number=0), one(moto, number=0)  # warms up lazy loading
        waits = latencies(ours, rounds=rounds, lifetimes=lifetimes)
        pairs = [(one(ours, number=number), one(moto, number=number)) for number in range(1, rounds + 1)]
    plugin, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        "clients": clients,
        "rounds": rounds,
        "plugin_ops_per_s": round(plugin, 1),
        "moto_ops_per_s": round(other, 1),
        "ratio": round(plugin / other, 2),
        "lowest_round_ratio": round(min(a / b for a, b in pairs), 2),
        **waits,
        "start_s": round(start, 1),
        **scale,
    }


def main(argv: list[str]) -> int:
    """Run the benchmark and print the figures; always return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench load", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--clients", type=int, default=8, metavar="N", help="parallel clients (default 8)")
    parser.add_argument(
        "--lifetimes", type=int, default=6, metavar="N", help="lifecycles per client and round (default 6)"
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds per server (default 5)")
    options = parser.parse_args(argv)
    figures = measure(
        Project.find(Path.cwd()), rounds=options.rounds, clients=options.clients, lifetimes=options.lifetimes
    )
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.writelines(f"{name:22} {value}\n" for name, value in figures.items())
    return 0
