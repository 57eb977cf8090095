"""Studio: what belongs to a domain, and what must go before it."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, refused
from emulated.recipes import ROLE, Made, call, describe, key_of, make


def test_a_domain_gets_an_id_and_its_name_is_taken_once(account: Account) -> None:
    made = make(account, "Domain", DomainName="studio")
    shown = describe(account, "Domain", made)
    assert shown["DomainId"] == made["DomainId"]
    assert made["DomainArn"] == account.arn(f"domain/{made['DomainId']}")
    assert (shown["Status"], shown["AppNetworkAccessType"]) == ("InService", "PublicInternetOnly")
    code, message = refused(lambda: make(account, "Domain", DomainName="studio"))
    assert code == "ResourceInUse"
    assert "Domain with name studio already exists" in message


@pytest.mark.parametrize("noun", ["UserProfile", "Space", "App"])
def test_a_domain_goes_last(account: Account, noun: str) -> None:
    made: dict[str, Made] = {}
    make(account, noun, made)
    domain = {"DomainId": made["Domain"]["DomainId"]}
    code, message = refused(lambda: account.sagemaker.delete_domain(**domain))
    assert code == "ResourceInUse"
    assert "it still has a" in message
    for one in ("App", "Space", "UserProfile"):
        if one in made:
            call(account, f"Delete{one}", key_of(one, made[one], f"Delete{one}"))
    account.sagemaker.delete_domain(**domain, RetentionPolicy={"HomeEfsFileSystem": "Delete"})
    assert account.sagemaker.list_domains()["Domains"] == []


@pytest.mark.parametrize("owner", ["UserProfile", "Space"])
def test_an_owner_of_an_app_stays(account: Account, owner: str) -> None:
    made: dict[str, Made] = {}
    make(account, "UserProfile", made)
    make(account, "Space", made)
    member = f"{owner}Name"
    app = {"DomainId": made["Domain"]["DomainId"], member: made[owner][member], "AppType": "JupyterLab"}
    account.sagemaker.create_app(**app, AppName="default")
    code, message = refused(lambda: call(account, f"Delete{owner}", key_of(owner, made[owner])))
    assert code == "ResourceInUse"
    assert "App default is associated with it" in message
    assert account.sagemaker.describe_app(**app, AppName="default")["Status"] == "InService"
    account.sagemaker.delete_app(**app, AppName="default")
    call(account, f"Delete{owner}", key_of(owner, made[owner]))


def test_an_app_has_one_owner_that_is_there(account: Account) -> None:
    domain = make(account, "Domain")["DomainId"]
    create: Any = account.sagemaker.create_app
    app = {"DomainId": domain, "AppType": "JupyterLab", "AppName": "default"}
    assert refused(lambda: create(**app))[0] == "ValidationException"
    assert refused(lambda: create(**app, UserProfileName="u", SpaceName="s"))[0] == "ValidationException"
    assert refused(lambda: create(**app, UserProfileName="u"))[0] == "ResourceNotFound"


@pytest.mark.parametrize("noun", ["UserProfile", "Space"])
def test_what_belongs_to_a_domain_needs_it(account: Account, noun: str) -> None:
    known = {"Domain": {"DomainId": "d-none"}}
    assert refused(lambda: make(account, noun, known))[0] == "ResourceNotFound"


def test_one_name_may_be_in_two_domains(account: Account) -> None:
    arns = {
        make(account, "UserProfile", {"Domain": make(account, "Domain", DomainName=name)})["UserProfileArn"]
        for name in ("one", "two")
    }
    assert len(arns) == 2
    assert len(account.sagemaker.list_user_profiles()["UserProfiles"]) == 2


def test_a_lifecycle_configuration_in_use_stays(account: Account) -> None:
    config = make(account, "StudioLifecycleConfig", StudioLifecycleConfigAppType="JupyterLab")
    settings = {
        "ExecutionRole": ROLE,
        "JupyterLabAppSettings": {"LifecycleConfigArns": [config["StudioLifecycleConfigArn"]]},
    }
    domain = make(account, "Domain", DefaultUserSettings=settings)
    delete = account.sagemaker.delete_studio_lifecycle_config
    name = {"StudioLifecycleConfigName": config["StudioLifecycleConfigName"]}
    assert refused(lambda: delete(**name))[0] == "ResourceInUse"
    account.sagemaker.delete_domain(DomainId=domain["DomainId"])
    delete(**name)


def test_a_domain_in_a_network_needs_subnets(account: Account) -> None:
    domain = {"DomainName": "d", "AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": ROLE}, "VpcId": "vpc-1"}
    assert refused(lambda: account.sagemaker.create_domain(**domain, AppNetworkAccessType="VpcOnly")) == (
        "ValidationException",
        "SubnetIds is required when AppNetworkAccessType is VpcOnly",
    )


def test_an_update_of_settings_keeps_the_others(account: Account) -> None:
    made = make(account, "Domain")
    security = {"SecurityGroups": ["sg-1"]}
    account.sagemaker.update_domain(DomainId=made["DomainId"], DefaultUserSettings=security)
    shown = describe(account, "Domain", made)["DefaultUserSettings"]
    assert (shown["ExecutionRole"], shown["SecurityGroups"]) == (ROLE, ["sg-1"])


def test_image_versions_are_numbered_and_aliased(account: Account) -> None:
    made: dict[str, Made] = {}
    make(account, "ImageVersion", made, Aliases=["stable"])
    make(account, "ImageVersion", made)
    client, name = account.sagemaker, {"ImageName": made["Image"]["ImageName"]}
    assert client.describe_image_version(**name)["Version"] == 2
    assert client.describe_image_version(**name, Alias="stable")["Version"] == 1
    taken = refused(lambda: client.update_image_version(**name, Version=2, AliasesToAdd=["stable"]))
    assert taken[0] == "ResourceInUse"
    client.update_image_version(**name, Version=1, AliasesToDelete=["stable"])
    client.update_image_version(**name, Version=2, AliasesToAdd=["stable"])
    assert client.describe_image_version(**name, Alias="stable")["Version"] == 2
    assert client.list_aliases(**name)["SageMakerImageVersionAliases"] == ["stable"]
    client.delete_image(**name)
    assert refused(lambda: client.describe_image_version(**name))[0] == "ResourceNotFound"
