"""Network interfaces of notebook instances, endpoints and jobs in EC2: they remain for minutes after their owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from emulated.account import Account, error_of, wait_for
from emulated.recipes import make


@dataclass(frozen=True)
class Network:
    """A subnet and a security group of an account."""

    account: Account
    subnet: str
    group: str

    @property
    def config(self) -> dict[str, Any]:
        return {"Subnets": [self.subnet], "SecurityGroupIds": [self.group]}

    def interfaces(self) -> list[dict[str, Any]]:
        filters = [{"Name": "subnet-id", "Values": [self.subnet]}]
        found = self.account.client("ec2").describe_network_interfaces(Filters=filters)
        return list(found["NetworkInterfaces"])

    def refusals(self) -> list[str]:
        """The error codes of deleting the subnet and the security group."""
        ec2 = self.account.client("ec2")
        return [
            error_of(lambda: ec2.delete_subnet(SubnetId=self.subnet))[0],
            error_of(lambda: ec2.delete_security_group(GroupId=self.group))[0],
        ]

    def delete(self) -> None:
        ec2 = self.account.client("ec2")
        ec2.delete_subnet(SubnetId=self.subnet)
        ec2.delete_security_group(GroupId=self.group)


@pytest.fixture
def network(account: Account) -> Network:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="jobs", Description="jobs", VpcId=vpc)["GroupId"]
    account.set_clock("manual")
    return Network(account, subnet, group)


_VIOLATIONS = ["DependencyViolation", "DependencyViolation"]


def test_interface_of_a_notebook_instance_remains_for_minutes(account: Account, network: Network) -> None:
    client, name = account.sagemaker, {"NotebookInstanceName": "example"}
    make(account, "NotebookInstance", SubnetId=network.subnet, SecurityGroupIds=[network.group])
    [interface] = network.interfaces()
    assert interface["NetworkInterfaceId"] == client.describe_notebook_instance(**name)["NetworkInterfaceId"]
    assert interface["Description"].endswith("for SageMaker Notebook Instance example")
    assert [group["GroupId"] for group in interface["Groups"]] == [network.group]
    assert (interface["RequesterManaged"], interface["Status"]) == (True, "in-use")
    account.advance(90)
    client.stop_notebook_instance(**name)
    account.advance(60)
    client.delete_notebook_instance(**name)
    account.advance(30)
    assert client.list_notebook_instances()["NotebookInstances"] == []
    assert network.refusals() == _VIOLATIONS
    account.advance(1799)
    assert network.refusals() == _VIOLATIONS
    account.advance(1)
    assert network.interfaces() == []
    network.delete()


def test_interfaces_of_an_endpoint_follow_its_models(account: Account, network: Network) -> None:
    client = account.sagemaker
    for name, config in (("inside", {"VpcConfig": network.config}), ("outside", {})):
        client.create_model(ModelName=name, PrimaryContainer={"Image": "i"}, **config)
        variant = {"VariantName": "v", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    client.create_endpoint(EndpointName="example", EndpointConfigName="outside")
    account.advance(240)
    assert network.interfaces() == []
    client.update_endpoint(EndpointName="example", EndpointConfigName="inside")
    [interface] = network.interfaces()
    account.advance(300)
    client.update_endpoint(EndpointName="example", EndpointConfigName="outside")
    account.advance(300)
    assert network.refusals() == _VIOLATIONS
    account.advance(1800)
    assert network.interfaces() == []
    client.update_endpoint(EndpointName="example", EndpointConfigName="inside")
    account.advance(300)
    assert network.interfaces()[0]["NetworkInterfaceId"] != interface["NetworkInterfaceId"]
    client.delete_endpoint(EndpointName="example")
    client.delete_model(ModelName="inside")
    account.advance(10)
    assert network.refusals() == _VIOLATIONS
    account.advance(1800)
    network.delete()


@pytest.mark.parametrize(("noun", "seconds"), [("TrainingJob", 220), ("ProcessingJob", 180), ("TransformJob", 180)])
def test_jobs_have_interfaces_while_they_run(account: Account, network: Network, noun: str, seconds: int) -> None:
    members: dict[str, Any] = {"VpcConfig": network.config}
    if noun == "ProcessingJob":
        members = {"NetworkConfig": members}
    if noun == "TransformJob":
        account.sagemaker.create_model(ModelName="inside", PrimaryContainer={"Image": "i"}, **members)
        members = {"ModelName": "inside"}
    make(account, noun, **members)
    assert len(network.interfaces()) == 1
    account.advance(seconds)
    assert network.refusals() == _VIOLATIONS
    account.advance(1800)
    network.delete()


def test_interfaces_are_deleted_without_a_call(account: Account, network: Network) -> None:
    account.set_clock(0.001)
    make(account, "TrainingJob", VpcConfig=network.config)
    assert len(network.interfaces()) == 1
    wait_for(lambda: not network.interfaces())


def test_reset_deletes_interfaces(account: Account, network: Network) -> None:
    make(account, "NotebookInstance", SubnetId=network.subnet)
    assert len(network.interfaces()) == 1
    account.control("/reset", "POST")
    network.delete()
