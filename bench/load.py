"""Compare operations per second of localstack-sagemaker and moto's SageMaker, each in a separate LocalStack.

Rounds alternate between the plug-in with and without enforcement and moto, so that other load on the machine affects
all; ratios are those of the medians. The requests take the same way to both: LocalStack's web server and gateway. So
the CPU seconds, those of the whole server process, include LocalStack's share. The operations are those that both
support: create, describe, list, tag and delete models and endpoint configurations. A failed operation ends the
benchmark.

Also measured: the start of a server, a thousand endpoints in one account, and the memory of ten thousand resources,
after a garbage collection. `bytes_per_resource` is traced in the server: the process reuses memory that requests have
freed, and so grows less than its resources need.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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
_CENSUS = "bench-census"
_CENSUS_HANDLER = f"{Path(__file__).with_name('census.py')}:reply"
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


@dataclass(frozen=True, slots=True)
class Lane:
    """A server, with or without enforcement. ``processes`` are those of the server."""

    server: Emulator
    processes: frozenset[int]
    enforced: bool = False

    def round(self, *, clients: int, lifetimes: int) -> tuple[float, float]:
        """Run ``clients`` in parallel in a new account, each with ``lifetimes`` lifecycles.

        Returns operations per second, and the server's CPU seconds for 1,000 operations.
        """
        account = self.server.new_account()
        key = _role_key(self.server, account) if self.enforced else account

        def work(index: int, first: int, last: int) -> int:
            with Client(self.server.endpoint_url, key) as client:
                return sum(lifetime(client, account, f"bench-{index}-{one}") for one in range(first, last))

        work(clients, 0, 1)  # reads the policies of the account
        with ThreadPoolExecutor(max_workers=clients) as pool:
            cpu, begun = memory.cpu_seconds(self.processes), time.perf_counter()
            calls = sum(pool.map(partial(work, first=0, last=lifetimes), range(clients)))
            seconds = time.perf_counter() - begun
            return calls / seconds, (memory.cpu_seconds(self.processes) - cpu) / calls * 1e3


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


def resources(lane: Lane, *, clients: int, number: int) -> dict[str, int]:
    """Return the memory of the server in megabytes before and after ``number`` models, and the bytes of one."""
    server, account = lane.server, lane.server.new_account()
    image, role = _IMAGE.format(account=account), _ROLE.format(account=account)

    def work(index: int, prefix: str, count: int) -> None:
        with Client(server.endpoint_url, account) as client:
            for one in range(count // clients):
                name = f"{prefix}-{index}-{one}"
                client.call("CreateModel", ModelName=name, PrimaryContainer={"Image": image}, ExecutionRoleArn=role)

    def create(prefix: str, count: int) -> None:
        with ThreadPoolExecutor(max_workers=clients) as pool:
            list(pool.map(partial(work, prefix=prefix, count=count), range(clients)))
        with Client(server.endpoint_url, account) as client:
            pages = client.pages("ListModels", NameContains=prefix, MaxResults=100)
            listed = sum(len(page["Models"]) for page in pages)
        if listed != count // clients * clients:
            raise EmulatorError(f"{count} models were created, {listed} are listed")

    def census() -> int:
        with Client(server.endpoint_url, account) as client:
            return int(client.invoke(_CENSUS)["bytes"])

    def collected() -> int:
        census(), census()
        return memory.of(lane.processes)

    _serve_census(server, account)
    before = collected()
    create("kept", number)
    after = collected()
    census()
    create("traced", number // 5)
    traced = census()
    return {
        "memory_mb": before,
        "memory_with_resources_mb": after,
        "bytes_per_resource": round(traced / (number // 5)),
    }


def _serve_census(server: Emulator, account: str) -> None:
    """Create the endpoint that collects the server's garbage and traces its allocations."""
    image, role = _IMAGE.format(account=account), _ROLE.format(account=account)
    variant = {"VariantName": "live", "ModelName": _CENSUS, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    with Client(server.endpoint_url, account) as client:
        client.call("CreateModel", ModelName=_CENSUS, PrimaryContainer={"Image": image}, ExecutionRoleArn=role)
        client.call("CreateEndpointConfig", EndpointConfigName=_CENSUS, ProductionVariants=[variant])
        client.call("CreateEndpoint", EndpointName=_CENSUS, EndpointConfigName=_CENSUS)
        while client.call("DescribeEndpoint", EndpointName=_CENSUS)["EndpointStatus"] == "Creating":
            time.sleep(0.1)


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
        ours = _lane(stack, project, {"LOCALSTACK_SAGEMAKER_HANDLERS": json.dumps({_CENSUS: _CENSUS_HANDLER})})
        start = time.perf_counter() - begun
        scale = {
            **endpoints(ours.server, clients=clients, number=1_000),
            **resources(ours, clients=clients, number=10_000),
        }
        moto = _lane(stack, project, {"PROVIDER_OVERRIDE_SAGEMAKER": "moto"})
        _refuse_the_same(ours.server, moto.server)
        lanes = {"plugin": ours, "enforced": replace(ours, enforced=True), "moto": moto}
        for lane in lanes.values():  # loads code
            lane.round(clients=clients, lifetimes=lifetimes)
        waits = latencies(ours.server, rounds=rounds, lifetimes=lifetimes)
        found = [
            {name: lane.round(clients=clients, lifetimes=lifetimes) for name, lane in lanes.items()}
            for _ in range(rounds)
        ]
    return {
        "clients": clients,
        "rounds": rounds,
        **{f"{name}_ops_per_s": round(statistics.median(one[name][0] for one in found), 1) for name in lanes},
        **{f"{name}_cpu_s_per_1000": round(statistics.median(one[name][1] for one in found), 3) for name in lanes},
        **_ratios(found, "plugin", ""),
        **_ratios(found, "enforced", "enforced_"),
        **waits,
        "start_s": round(start, 1),
        **scale,
    }


def _lane(stack: contextlib.ExitStack, project: Project, settings: dict[str, str]) -> Lane:
    """Start a server that runs as long as the stack."""
    before = memory.children()
    server = stack.enter_context(emulator.running(project, settings=settings))
    return Lane(server, frozenset(memory.children() - before))


def _ratios(found: list[dict[str, tuple[float, float]]], lane: str, prefix: str) -> dict[str, float]:
    """How much faster than moto a lane is, by rate and by CPU seconds."""
    rate, cpu = (statistics.median(one[lane][n] for one in found) for n in (0, 1))
    moto_rate, moto_cpu = (statistics.median(one["moto"][n] for one in found) for n in (0, 1))
    return {
        f"{prefix}ratio": round(rate / moto_rate, 2),
        f"{prefix}lowest_round_ratio": round(min(one[lane][0] / one["moto"][0] for one in found), 2),
        f"{prefix}cpu_ratio": round(moto_cpu / cpu, 2) if cpu else 0.0,
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
        sys.stdout.writelines(f"{name:27} {value}\n" for name, value in figures.items())
    return 0
