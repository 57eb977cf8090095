"""Random sequences of create, update, delete, tag and list in several accounts and regions keep all invariants."""

from __future__ import annotations

import itertools
import secrets
from typing import Any

from emulated.inprocess import InProcess
from emulated.recipes import KINDS, RECIPES, Recipe, first_request, list_operation, model
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from localstack_sagemaker.errors import ServiceFailure

# kinds without prerequisites, with names that the caller assigns, that can be deleted immediately
NOUNS = sorted(
    noun
    for noun, kind in KINDS.items()
    if not RECIPES.get(noun, Recipe()).needs
    and not RECIPES.get(noun, Recipe()).single
    and not kind.assign_key
    and f"Delete{noun}" in model().operation_names
    and noun not in ("HumanTaskUi", "NotebookInstance", "TrainingJob", "ProcessingJob")
)
NAMES = ["one", "two", "Two", "three-3"]
SCOPES = [(0, "us-east-1"), (0, "eu-west-1"), (1, "us-east-1")]
KEYS = st.sampled_from(["a", "b", "c"])

Named = tuple[int, str, str]


class Sequences(RuleBasedStateMachine):
    """`known` is the expected state: the tags by scope, kind and name."""

    @initialize()
    def begin(self) -> None:
        accounts = [str(secrets.randbelow(9 * 10**11) + 10**11) for _ in range(2)]
        self.scopes = [InProcess(accounts[number], region) for number, region in SCOPES]
        self.known: dict[Named, dict[str, str]] = {}
        self.arns: dict[Named, str] = {}

    def taken(self, scope: int, noun: str, name: str) -> bool:
        """Names that differ only in case have the same ARN."""
        return any((p, n, o.lower()) == (scope, noun, name.lower()) for p, n, o in self.known)

    def assert_rejected(self, scope: int, operation: str, request: dict[str, Any]) -> None:
        try:
            response = self.scopes[scope].call(operation, request)
        except ServiceFailure as failure:
            assert failure.status_code == 400
            assert failure.message
        else:
            raise AssertionError(f"{operation} returned {response}")

    @rule(scope=st.sampled_from(range(3)), noun=st.sampled_from(NOUNS), name=st.sampled_from(NAMES))
    def create(self, scope: int, noun: str, name: str) -> None:
        kind = KINDS[noun]
        tagged = "Tags" in model().operation_model(f"Create{noun}").input_shape.members
        tags = [{"Key": "a", "Value": name}] if tagged else []
        request = first_request(noun, {}) | {kind.key[-1]: name} | ({"Tags": tags} if tagged else {})
        if self.taken(scope, noun, name):
            self.assert_rejected(scope, f"Create{noun}", request)
            return
        self.scopes[scope].call(f"Create{noun}", request)
        shown = self.scopes[scope].call(f"Describe{noun}", {kind.key[-1]: name})
        key = (scope, noun, name)
        self.arns[key] = (shown[kind.wrapper] if kind.wrapper else shown)[kind.arn_attribute]
        self.known[key] = {"a": name} if tagged else {}

    @rule(scope=st.sampled_from(range(3)), noun=st.sampled_from(NOUNS), name=st.sampled_from(NAMES))
    def delete(self, scope: int, noun: str, name: str) -> None:
        request = {KINDS[noun].key[-1]: name}
        if (scope, noun, name) not in self.known:
            self.assert_rejected(scope, f"Delete{noun}", request)
            return
        self.scopes[scope].call(f"Delete{noun}", request)
        del self.known[scope, noun, name]

    @rule(scope=st.sampled_from(range(3)), noun=st.sampled_from(NOUNS), name=st.sampled_from(NAMES))
    def update(self, scope: int, noun: str, name: str) -> None:
        if f"Update{noun}" not in model().operation_names:
            return
        request = {KINDS[noun].key[-1]: name, **RECIPES.get(noun, Recipe()).change}
        if (scope, noun, name) in self.known:
            self.scopes[scope].call(f"Update{noun}", request)
        else:
            self.assert_rejected(scope, f"Update{noun}", request)

    @rule(data=st.data(), key=KEYS, value=st.text("xyz", max_size=2))
    def tag(self, data: st.DataObject, key: str, value: str) -> None:
        if self.known:
            chosen = data.draw(st.sampled_from(sorted(self.known)))
            tags = [{"Key": key, "Value": value}]
            self.scopes[chosen[0]].call("AddTags", {"ResourceArn": self.arns[chosen], "Tags": tags})
            self.known[chosen][key] = value

    @rule(data=st.data(), key=KEYS)
    def untag(self, data: st.DataObject, key: str) -> None:
        if self.known:
            chosen = data.draw(st.sampled_from(sorted(self.known)))
            self.scopes[chosen[0]].call("DeleteTags", {"ResourceArn": self.arns[chosen], "TagKeys": [key]})
            self.known[chosen].pop(key, None)

    @rule(scope=st.sampled_from(range(3)), noun=st.sampled_from(NOUNS), size=st.integers(1, 3))
    def page(self, scope: int, noun: str, size: int) -> None:
        names, token = [], {}
        for _ in range(len(NAMES) + 1):
            response = self.scopes[scope].call(list_operation(noun), {"MaxResults": size, **token})
            token = {"NextToken": response.pop("NextToken")} if "NextToken" in response else {}
            (items,) = response.values()
            assert len(items) <= size
            names += items
            if not token:
                break
        assert not token
        expected = [arn for (p, n, _), arn in self.arns.items() if (p, n, _) in self.known and (p, n) == (scope, noun)]
        assert len(names) == len(expected)
        for item in names:
            assert any(value in expected for value in item.values()), item

    @invariant()
    def list_returns_existing_resources(self) -> None:
        for (scope, noun), group in itertools.groupby(sorted(self.known), key=lambda named: named[:2]):
            (items,) = self.scopes[scope].call(list_operation(noun), {"MaxResults": 100}).values()
            wanted = sorted(self.arns[key] for key in group)
            assert sorted(item[KINDS[noun].arn_attribute] for item in items) == wanted

    @invariant()
    def tags_match(self) -> None:
        for (scope, noun, name), tags in self.known.items():
            response = self.scopes[scope].call("ListTags", {"ResourceArn": self.arns[scope, noun, name]})
            assert {tag["Key"]: tag["Value"] for tag in response["Tags"]} == tags

    @invariant()
    def scopes_are_isolated(self) -> None:
        for (scope, noun, name), arn in self.arns.items():
            if (scope, noun, name) in self.known:
                assert f":{self.scopes[scope].region}:{self.scopes[scope].account}:" in arn


Sequences.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestSequences = Sequences.TestCase
