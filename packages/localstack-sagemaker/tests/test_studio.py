"""Studio: domains and their user profiles, spaces, apps and images."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import ROLE, Made, call, describe, key_of, make


def test_domain_gets_an_id_and_its_name_is_unique(account: Account) -> None:
    made = make(account, "Domain", DomainName="studio")
    shown = describe(account, "Domain", made)
    assert shown["DomainId"] == made["DomainId"]
    assert made["DomainArn"] == account.arn(f"domain/{made['DomainId']}")
    assert (shown["Status"], shown["AppNetworkAccessType"]) == ("InService", "PublicInternetOnly")
    code, message = error_of(lambda: make(account, "Domain", DomainName="studio"))
    assert code == "ResourceInUse"
    assert "Domain with name studio already exists" in message


@pytest.mark.parametrize("noun", ["UserProfile", "Space", "App"])
def test_domain_in_use_cannot_be_deleted(account: Account, noun: str) -> None:
    made: dict[str, Made] = {}
    make(account, noun, made)
    domain = {"DomainId": made["Domain"]["DomainId"]}
    code, message = error_of(lambda: account.sagemaker.delete_domain(**domain))
    assert code == "ResourceInUse"
    assert "(s) are associated with it." in message
    for one in ("App", "Space", "UserProfile"):
        if one in made:
            call(account, f"Delete{one}", key_of(one, made[one], f"Delete{one}"))
    account.sagemaker.delete_domain(**domain, RetentionPolicy={"HomeEfsFileSystem": "Delete"})
    assert account.sagemaker.list_domains()["Domains"] == []


@pytest.mark.parametrize("owner", ["UserProfile", "Space"])
def test_owner_of_an_app_cannot_be_deleted(account: Account, owner: str) -> None:
    made: dict[str, Made] = {}
    make(account, "UserProfile", made)
    make(account, "Space", made)
    member = f"{owner}Name"
    app = {"DomainId": made["Domain"]["DomainId"], member: made[owner][member], "AppType": "JupyterLab"}
    account.sagemaker.create_app(**app, AppName="default")
    code, message = error_of(lambda: call(account, f"Delete{owner}", key_of(owner, made[owner])))
    assert code == "ResourceInUse"
    assert message.endswith("because App(s) are associated with it.")
    assert account.sagemaker.describe_app(**app, AppName="default")["Status"] == "InService"
    account.sagemaker.delete_app(**app, AppName="default")
    call(account, f"Delete{owner}", key_of(owner, made[owner]))


def test_app_requires_one_existing_owner(account: Account) -> None:
    domain = make(account, "Domain")["DomainId"]
    create: Any = account.sagemaker.create_app
    app = {"DomainId": domain, "AppType": "JupyterLab", "AppName": "default"}
    assert error_of(lambda: create(**app))[0] == "ValidationException"
    assert error_of(lambda: create(**app, UserProfileName="u", SpaceName="s"))[0] == "ValidationException"
    assert error_of(lambda: create(**app, UserProfileName="u"))[0] == "ResourceNotFound"


@pytest.mark.parametrize("noun", ["UserProfile", "Space"])
def test_domain_must_exist(account: Account, noun: str) -> None:
    known = {"Domain": {"DomainId": "d-none"}}
    assert error_of(lambda: make(account, noun, known))[0] == "ResourceNotFound"


def test_names_are_separate_per_domain(account: Account) -> None:
    arns = {
        make(account, "UserProfile", {"Domain": make(account, "Domain", DomainName=name)})["UserProfileArn"]
        for name in ("one", "two")
    }
    assert len(arns) == 2
    assert len(account.sagemaker.list_user_profiles()["UserProfiles"]) == 2


def test_lifecycle_config_in_use_cannot_be_deleted(account: Account) -> None:
    config = make(account, "StudioLifecycleConfig", StudioLifecycleConfigAppType="JupyterLab")
    settings = {
        "ExecutionRole": ROLE,
        "JupyterLabAppSettings": {"LifecycleConfigArns": [config["StudioLifecycleConfigArn"]]},
    }
    domain = make(account, "Domain", DefaultUserSettings=settings)
    delete = account.sagemaker.delete_studio_lifecycle_config
    name = {"StudioLifecycleConfigName": config["StudioLifecycleConfigName"]}
    assert error_of(lambda: delete(**name))[0] == "ResourceInUse"
    account.sagemaker.delete_domain(DomainId=domain["DomainId"])
    delete(**name)


def test_vpc_only_domain_requires_subnets(account: Account) -> None:
    domain = {"DomainName": "d", "AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": ROLE}, "VpcId": "vpc-1"}
    assert error_of(lambda: account.sagemaker.create_domain(**domain, AppNetworkAccessType="VpcOnly")) == (
        "ValidationException",
        "SubnetIds is required when AppNetworkAccessType is VpcOnly",
    )


def test_update_merges_settings(account: Account) -> None:
    made = make(account, "Domain")
    security = {"SecurityGroups": ["sg-1"]}
    account.sagemaker.update_domain(DomainId=made["DomainId"], DefaultUserSettings=security)
    shown = describe(account, "Domain", made)["DefaultUserSettings"]
    assert (shown["ExecutionRole"], shown["SecurityGroups"]) == (ROLE, ["sg-1"])


def test_image_version_numbers_and_aliases(account: Account) -> None:
    made: dict[str, Made] = {}
    make(account, "ImageVersion", made, Aliases=["stable"])
    make(account, "ImageVersion", made)
    client, name = account.sagemaker, {"ImageName": made["Image"]["ImageName"]}
    assert client.describe_image_version(**name)["Version"] == 2
    assert client.describe_image_version(**name, Alias="stable")["Version"] == 1
    taken = error_of(lambda: client.update_image_version(**name, Version=2, AliasesToAdd=["stable"]))
    assert taken[0] == "ResourceInUse"
    client.update_image_version(**name, Version=1, AliasesToDelete=["stable"])
    client.update_image_version(**name, Version=2, AliasesToAdd=["stable"])
    assert client.describe_image_version(**name, Alias="stable")["Version"] == 2
    assert client.list_aliases(**name)["SageMakerImageVersionAliases"] == ["stable"]
    client.delete_image(**name)
    assert error_of(lambda: client.describe_image_version(**name))[0] == "ResourceNotFound"


def test_an_update_keeps_the_settings_that_it_does_not_name(account: Account) -> None:
    made: dict[str, Made] = {}
    idle = {"IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 120}}
    spec = {"InstanceType": "ml.t3.medium"}
    jupyter = {"AppLifecycleManagement": idle, "DefaultResourceSpec": spec, "LifecycleConfigArns": []}
    settings = {"ExecutionRole": ROLE, "SecurityGroups": ["sg-1", "sg-2"], "JupyterLabAppSettings": jupyter}
    make(account, "Domain", made, DefaultUserSettings=settings, DefaultSpaceSettings={"ExecutionRole": ROLE})
    domain = made["Domain"]["DomainId"]
    account.sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada", UserSettings=settings)

    longer = {"AppLifecycleManagement": {"IdleSettings": {"IdleTimeoutInMinutes": 240}}}
    change = {"SecurityGroups": ["sg-3"], "JupyterLabAppSettings": longer}
    account.sagemaker.update_domain(
        DomainId=domain, DefaultUserSettings=change, DefaultSpaceSettings={"SecurityGroups": ["sg-3"]}
    )
    account.sagemaker.update_user_profile(DomainId=domain, UserProfileName="ada", UserSettings=change)

    profile = account.sagemaker.describe_user_profile(DomainId=domain, UserProfileName="ada")["UserSettings"]
    of_domain = account.sagemaker.describe_domain(DomainId=domain)
    for found in (profile, of_domain["DefaultUserSettings"]):
        assert (found["ExecutionRole"], found["SecurityGroups"]) == (ROLE, ["sg-3"])
        kept = found["JupyterLabAppSettings"]
        assert kept["DefaultResourceSpec"] == spec
        assert kept["AppLifecycleManagement"]["IdleSettings"] == {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": 240,
        }
    assert of_domain["DefaultSpaceSettings"] == {"ExecutionRole": ROLE, "SecurityGroups": ["sg-3"]}


def test_shared_spaces_need_a_role_in_the_domain(account: Account) -> None:
    made: dict[str, Made] = {}
    make(account, "UserProfile", made)
    domain = made["Domain"]["DomainId"]
    space: dict[str, Any] = {
        "DomainId": domain,
        "SpaceName": "team",
        "OwnershipSettings": {"OwnerUserProfileName": made["UserProfile"]["UserProfileName"]},
        "SpaceSharingSettings": {"SharingType": "Shared"},
    }
    code, message = error_of(lambda: account.sagemaker.create_space(**space))
    assert code == "ValidationException"
    assert "has no DefaultSpaceSettings with an ExecutionRole" in message
    account.sagemaker.update_domain(DomainId=domain, DefaultSpaceSettings={"ExecutionRole": ROLE})
    account.sagemaker.create_space(**space)
