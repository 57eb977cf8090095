"""Unit tests without a server: clock, validation, policies, faults, answers and pages."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.session import Session

from localstack_sagemaker import policies
from localstack_sagemaker.clock import Clock, Clocks
from localstack_sagemaker.context_keys import request_keys, resources_of
from localstack_sagemaker.enforcement import Enforcement
from localstack_sagemaker.errors import ServiceFailure
from localstack_sagemaker.faults import Fault, Faults
from localstack_sagemaker.iam.documents import Principal
from localstack_sagemaker.listing import page
from localstack_sagemaker.provider import partition_of
from localstack_sagemaker.runtime.answers import Answer, Answers, Invocation
from localstack_sagemaker.validation import RequestValidator, java_pattern

ACCOUNT = "123456789012"


@pytest.mark.parametrize(("setting", "scale"), [("instant", 0), ("fast", 0.005), ("real", 1), ("0.1", 0.1), ("0", 0)])
def test_clock_modes(setting: str, scale: float) -> None:
    clock = Clock.parse(setting)
    assert clock.scale == scale
    assert clock.instant == (scale == 0)


@pytest.mark.parametrize("setting", ["", "never", "-1", "nan", "inf"])
def test_invalid_clock(setting: str) -> None:
    with pytest.raises(ValueError, match="is not a mode; use one of instant, fast, real, manual, or a factor"):
        Clock.parse(setting)


def test_manual_clock_moves_only_when_advanced() -> None:
    clock = Clock.parse("manual")
    start = clock.now()
    assert clock.now() == start
    clock.advance(60)
    assert clock.now() == clock.horizon() == start + 60
    assert Clock.parse("instant").horizon() == math.inf


def test_running_clock_advances_by_scaled_seconds() -> None:
    clock = Clock.parse("0.5")
    clock.advance(60)
    assert clock.offset == 30
    assert clock.datetime().tzinfo is not None


def test_clock_per_account() -> None:
    clocks = Clocks(Clock.parse("real"))
    clocks.set(Clock.parse("instant"), ACCOUNT)
    assert (clocks.of(ACCOUNT).mode, clocks.of("1").mode) == ("instant", "real")
    clocks.own("2").advance(10)
    assert (clocks.of("2").offset, clocks.of("1").offset) == (10, 0)
    clocks.reset(ACCOUNT)
    assert clocks.of(ACCOUNT).mode == "real"
    clocks.set(Clock.parse("fast"))
    assert {clocks.of(one).mode for one in (ACCOUNT, "1", "2")} == {"fast"}


def test_environment_variable_sets_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALSTACK_SAGEMAKER_CLOCK", "real")
    assert Clocks().of(ACCOUNT).mode == "real"


def faults_of(**fault: object) -> Faults:
    faults = Faults()
    faults.add(Fault.parse({"effect": "throttle", **fault}))
    return faults


def test_fault_expires() -> None:
    faults = faults_of(times=2)
    taken = [faults.take(("throttle",), "ListModels", "", ACCOUNT, "us-east-1") for _ in range(3)]
    assert [bool(one) for one in taken] == [True, True, False]


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        ({"operation": "Create*"}, True),
        ({"operation": "create*"}, False),
        ({"name": "m?"}, True),
        ({"account": ACCOUNT, "region": "us-*"}, True),
        ({"region": "eu-*"}, False),
    ],
)
def test_fault_matches_patterns(fault: dict[str, str], hit: bool) -> None:
    assert bool(faults_of(**fault).take(("throttle",), "CreateModel", "m1", ACCOUNT, "us-east-1")) == hit
    assert faults_of(**fault).take(("fail",), "CreateModel", "m1", ACCOUNT, "us-east-1") is None


def test_remove_faults_of_one_account() -> None:
    faults = faults_of(account=ACCOUNT)
    faults.add(Fault("fail", account="1"))
    assert faults.remove(account=ACCOUNT) == 1
    assert [fault.account for fault in faults.all()] == ["1"]


def invocation(**more: str) -> Invocation:
    parts = {"endpoint": "e", "config": "c", "variant": "v", "model": "m", "image": "i", **more}
    return Invocation(ACCOUNT, "us-east-1", *parts.values(), b"", None, None, None)


def test_newest_matching_answer_applies() -> None:
    answers = Answers()
    for document in ({"body": "old"}, {"body": "other", "model": "x*"}, {"body": {"a": 1}, "model": "m", "times": 1}):
        answers.add(Answer.parse(document))
    given = [answers.take(invocation()) for _ in range(2)]
    assert [one.body for one in given if one] == [b'{"a": 1}', b"old"]


POLICY = """{"Statement": [
  {"Effect": "Allow", "Principal": %s, "Action": "sagemaker:Describe*", "Resource": "arn:aws:sagemaker:*:*:group/*"}%s
]}"""


WHOLE = Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, whole=True)


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        ('"*"', True),
        (f'{{"AWS": "{ACCOUNT}"}}', True),
        (f'{{"AWS": ["arn:aws:iam::{ACCOUNT}:role/x"]}}', True),
        ('{"AWS": "arn:aws:iam::000000000001:root"}', False),
        ('{"Service": "sagemaker.amazonaws.com"}', False),
    ],
)
def test_policy_allows_accounts(principal: str, allowed: bool) -> None:
    policy = POLICY % (principal, "")
    assert policies.allows(policy, WHOLE, "sagemaker:DescribeGroup", "arn:aws:sagemaker:r:a:group/g") == allowed
    assert not policies.allows(policy, WHOLE, "sagemaker:DeleteGroup", "arn:aws:sagemaker:r:a:group/g")
    assert not policies.allows(policy, WHOLE, "sagemaker:DescribeGroup", "arn:aws:sagemaker:r:a:model/m")


def test_deny_overrides_allow_and_default_is_deny() -> None:
    deny = ', {"Effect": "Deny", "Principal": "*", "Action": "sagemaker:*", "Resource": "*"}'
    assert not policies.allows(POLICY % ('"*"', deny), WHOLE, "sagemaker:DescribeGroup", "x")
    assert not policies.allows(None, WHOLE, "sagemaker:DescribeGroup", "x")


def test_pages() -> None:
    items = list(range(5))
    first, token = page(items, {"MaxResults": 2}, 10)
    second, token = page(items, {"MaxResults": 2, "NextToken": token}, 10)
    third, end = page(items, {"MaxResults": 2, "NextToken": token}, 10)
    assert (first, second, third, end) == ([0, 1], [2, 3], [4], None)
    assert page(items, {}, 5) == (items, None)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"[\p{L}\p{Z}]*", "Ä b", True),
        (r"[\p{L}]*", "1-", False),
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "a\u0301 €".replace(" ", "§"), True),
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "a b", False),
        (r"arn:[\p{Alnum}\-]+:x", "arn:aws-cn:x", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a\U0001f600", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a\n", False),
        (r"([\p{L}]*)${1,128}", "abc", True),
    ],
)
def test_java_patterns(pattern: str, text: str, matches: bool) -> None:
    compiled = java_pattern(pattern)
    assert compiled
    assert bool(compiled.fullmatch(text)) == matches


def test_untranslatable_pattern_is_ignored() -> None:
    assert java_pattern(r"\p{Print}+") is None


def test_every_pattern_of_the_model_is_translated() -> None:
    model = Session().get_service_model("sagemaker")
    shapes = [model.shape_for(name) for name in model.shape_names]
    patterns = {shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata}
    assert len(patterns) > 100
    assert [one for one in patterns if java_pattern(one) is None] == []


def test_nested_members_are_validated() -> None:
    shape = Session().get_service_model("sagemaker").operation_model("CreateModel").input_shape
    request = {"ModelName": "m", "Containers": [{"Image": "i"}, {"Image": "i" * 300}]}
    with pytest.raises(ServiceFailure) as caught:
        RequestValidator().validate(shape, request)
    assert caught.value.message.startswith("1 validation error detected: Value 'iii")
    assert caught.value.message.endswith(
        "at 'containers.2.member.image' failed to satisfy constraint: Member must have length less than or equal to 255"
    )


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_partitions(region: str, partition: str) -> None:
    assert partition_of(region) == partition


PREFIX = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:"


@pytest.mark.parametrize(
    ("operation", "request_", "keys"),
    [
        (
            "CreateTrainingJob",
            {
                "ResourceConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "volume"},
                "OutputDataConfig": {"KmsKeyId": "output"},
                "VpcConfig": {"Subnets": ["a", "b"], "SecurityGroupIds": ["c"]},
                "EnableNetworkIsolation": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
                "Tags": [{"Key": "Owner", "Value": "me"}],
            },
            {
                "sagemaker:instancetypes": ["ml.m5.large"],
                "sagemaker:volumekmskeyarn": "volume",
                "sagemaker:outputkmskeyarn": "output",
                "sagemaker:vpcsubnets": ["a", "b"],
                "sagemaker:vpcsecuritygroupids": ["c"],
                "sagemaker:networkisolation": True,
                "sagemaker:maxruntimeinseconds": 60,
                "aws:tagkeys": ["Owner"],
                "aws:requesttag/owner": "me",
            },
        ),
        (
            "CreateNotebookInstance",
            {
                "RootAccess": "Disabled",
                "DirectInternetAccess": "Enabled",
                "SubnetId": "a",
                "KmsKeyId": "key",
                "LifecycleConfigName": "Start",
            },
            {
                "sagemaker:rootaccess": "Disabled",
                "sagemaker:directinternetaccess": "Enabled",
                "sagemaker:vpcsubnets": ["a"],
                "sagemaker:volumekmskeyarn": "key",
                "sagemaker:notebookinstancelifecycleconfigarns": [f"{PREFIX}notebook-instance-lifecycle-config/start"],
            },
        ),
        (
            "CreateEndpointConfig",
            {
                "ProductionVariants": [
                    {"ModelName": "m", "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 2}}
                ]
            },
            {
                "sagemaker:modelarn": f"{PREFIX}model/m",
                "sagemaker:serverlessmemorysize": 1024,
                "sagemaker:serverlessmaxconcurrency": 2,
            },
        ),
        (
            "CreateSpace",
            {
                "DomainId": "d-1",
                "OwnershipSettings": {"OwnerUserProfileName": "ada"},
                "SpaceSharingSettings": {"SharingType": "Private"},
            },
            {
                "sagemaker:owneruserprofilearn": f"{PREFIX}user-profile/d-1/ada",
                "sagemaker:spacesharingtype": "Private",
            },
        ),
        ("UpdateModelPackage", {"ModelApprovalStatus": "Approved"}, {"sagemaker:modelapprovalstatus": "Approved"}),
        # an action sends only its own keys
        ("CreateEndpoint", {"InstanceType": "ml.m5.large"}, {}),
    ],
)
def test_request_sends_the_condition_keys_of_its_action(operation: str, request_: Any, keys: Any) -> None:
    assert request_keys(operation, request_, PREFIX) == keys


@pytest.mark.parametrize(
    ("operation", "request_", "resources"),
    [
        ("CreateTrainingJob", {"TrainingJobName": "My-Job"}, [f"{PREFIX}training-job/my-job"]),
        (
            "CreateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "c"},
            [f"{PREFIX}endpoint/e", f"{PREFIX}endpoint-config/c"],
        ),
        ("ListModels", {}, ["*"]),
        ("AddTags", {"ResourceArn": f"{PREFIX}model/m"}, [f"{PREFIX}model/m"]),
        ("CreateModelPackage", {"ModelPackageGroupName": "g"}, [f"{PREFIX}model-package/g/*"]),
        ("DescribeModelPackage", {"ModelPackageName": f"{PREFIX}model-package/g/1"}, [f"{PREFIX}model-package/g/1"]),
        ("UpdateModelPackage", {"ModelPackageArn": f"{PREFIX}model-package/g/1"}, [f"{PREFIX}model-package/g/1"]),
    ],
)
def test_request_is_decided_on_the_resources_of_its_action(operation: str, request_: Any, resources: Any) -> None:
    assert resources_of(operation, request_, PREFIX) == resources


def test_environment_variable_switches_enforcement_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALSTACK_SAGEMAKER_ENFORCE_IAM", "1")
    found = Enforcement()
    assert found.on(ACCOUNT)
    found.set(False, ACCOUNT)
    assert not found.on(ACCOUNT)
    assert found.on("000000000001")
    found.reset(ACCOUNT)
    assert found.on(ACCOUNT)


def test_first_requests_of_an_operation_are_validated_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = RequestValidator._compile

    def slowly(self: RequestValidator, shape: Any) -> Any:
        time.sleep(0.01)
        return compiled(self, shape)

    monkeypatch.setattr(RequestValidator, "_compile", slowly)
    shape = Session().get_service_model("sagemaker").operation_model("ListModels").input_shape
    validator = RequestValidator()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: validator.validate(shape, {"MaxResults": 1}), range(8)))
