"""Network interfaces of notebook instances, endpoints, jobs, domains and apps in EC2, and how long they remain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from emulated.account import Account, error_of, wait_for
from emulated.recipes import ROLE, make


@dataclass(frozen=True)
class Network:
    """A subnet and a security group of an account."""

    account: Account
    vpc: str
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
    return Network(account, vpc, subnet, group)


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


def _make_domain(account: Account, network: Network, **members: Any) -> str:
    settings = {"ExecutionRole": ROLE, "SecurityGroups": [network.group]}
    members = {"DefaultUserSettings": settings, "DefaultSpaceSettings": settings, **members}
    made = make(account, "Domain", VpcId=network.vpc, SubnetIds=[network.subnet], **members)
    account.advance(240)
    domain: str = made["DomainId"]
    return domain


def _names_of_groups(network: Network) -> dict[str, str]:
    """ID → name of each security group in the VPC that is neither the test's nor the default one."""
    filters = [{"Name": "vpc-id", "Values": [network.vpc]}]
    found = network.account.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    return {one["GroupId"]: one["GroupName"] for one in found if one["GroupName"] not in ("default", "jobs")}


@pytest.mark.parametrize("access", ["VpcOnly", "PublicInternetOnly"])
def test_a_domain_has_mount_targets_and_two_groups_that_are_deleted_with_the_file_system(
    account: Account, network: Network, access: str
) -> None:
    ec2, client = account.client("ec2"), account.sagemaker
    domain = _make_domain(account, network, AppNetworkAccessType=access)
    names = {f"security-group-for-{one}-nfs-{domain}" for one in ("inbound", "outbound")}
    assert set(_names_of_groups(network).values()) == names
    [interface] = network.interfaces()
    file_system = client.describe_domain(DomainId=domain)["HomeEfsFileSystemId"]
    assert interface["Description"] == f"EFS mount target for {file_system}"
    assert [one["GroupName"] for one in interface["Groups"]] == [f"security-group-for-inbound-nfs-{domain}"]
    assert interface["RequesterManaged"] is True
    assert error_of(lambda: ec2.delete_subnet(SubnetId=network.subnet))[0] == "DependencyViolation"
    client.delete_domain(DomainId=domain, RetentionPolicy={"HomeEfsFileSystem": "Delete"})
    account.advance(120)
    assert (network.interfaces(), _names_of_groups(network)) == ([], {})
    network.delete()
    ec2.delete_vpc(VpcId=network.vpc)


@pytest.mark.parametrize("policy", [{}, {"RetentionPolicy": {"HomeEfsFileSystem": "Retain"}}])
def test_a_retained_file_system_blocks_the_network_of_a_deleted_domain(
    account: Account, network: Network, policy: dict[str, Any]
) -> None:
    ec2 = account.client("ec2")
    account.sagemaker.delete_domain(DomainId=_make_domain(account, network), **policy)
    account.advance(24 * 3600)
    assert account.sagemaker.list_domains()["Domains"] == []
    [interface], groups = network.interfaces(), _names_of_groups(network)
    assert len(groups) == 2
    assert error_of(lambda: ec2.delete_subnet(SubnetId=network.subnet))[0] == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    network.delete()
    assert error_of(lambda: ec2.delete_vpc(VpcId=network.vpc))[0] == "DependencyViolation"
    for group in groups:
        ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=network.vpc)


@pytest.mark.parametrize("owner", ["UserProfile", "Space"])
def test_an_app_has_an_interface_with_its_owners_groups(account: Account, network: Network, owner: str) -> None:
    client, domain = account.sagemaker, _make_domain(account, network)
    target = [one["NetworkInterfaceId"] for one in network.interfaces()]
    member = {"DomainId": domain, f"{owner}Name": "ada"}
    create = client.create_user_profile if owner == "UserProfile" else client.create_space
    create(**member)
    account.advance(20)
    client.create_app(**member, AppType="JupyterLab", AppName="default")
    [interface] = [one for one in network.interfaces() if one["NetworkInterfaceId"] not in target]
    assert [group["GroupId"] for group in interface["Groups"]] == [network.group]
    account.advance(60)
    client.delete_app(**member, AppType="JupyterLab", AppName="default")
    account.advance(30)
    assert network.refusals() == _VIOLATIONS
    account.advance(1800)
    assert [one["NetworkInterfaceId"] for one in network.interfaces()] == target


def test_reset_deletes_what_a_deleted_domain_has_kept(account: Account, network: Network) -> None:
    account.sagemaker.delete_domain(DomainId=_make_domain(account, network))
    account.advance(120)
    _make_domain(account, network)
    assert (len(network.interfaces()), len(_names_of_groups(network))) == (2, 4)
    account.control("/reset", "POST")
    network.delete()
    account.client("ec2").delete_vpc(VpcId=network.vpc)
