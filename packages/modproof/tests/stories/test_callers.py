"""The module of the resource that made a call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from modproof.core.results import RecordedCall
from modproof.stories.callers import Callers


def resource(kind: str, module: str, mode: str = "managed", **attributes: Any) -> dict[str, Any]:
    return {"module": module, "mode": mode, "type": kind, "instances": [{"attributes": attributes}]}


def call(caller: str, **identifiers: str) -> RecordedCall:
    return RecordedCall("iam", "GetRole", "123456789012", "eu-west-1", identifiers=identifiers, caller=caller)


def write(folder: Path, *resources: dict[str, Any]) -> None:
    (folder / "terraform.tfstate").write_text(json.dumps({"resources": resources}))


def test_a_call_is_of_the_module_of_its_resource(tmp_path: Path) -> None:
    write(
        tmp_path,
        resource("aws_iam_role", 'module.jobs["a"]', name="jobs", path="/"),
        resource("aws_iam_role", "module.notebook", name="notebook", path="/"),
        resource("aws_iam_role", "module.reader", mode="data", name="jobs"),
        {"mode": "managed", "type": "aws_sns_topic", "instances": [{"attributes": {"name": "alarms"}}]},
    )
    asked = {
        "by name": call("aws_iam_role", RoleName="jobs"),
        "without a name": call("aws_iam_role"),
        "of a data source": call("data.aws_iam_role", RoleName="jobs"),
        "in the root module": call("aws_sns_topic", Name="alarms"),
        "of another type": call("aws_iam_policy", PolicyName="jobs"),
    }
    found = dict(zip(asked, Callers(tmp_path).located(asked.values()), strict=True))
    assert {name: each.modules for name, each in found.items()} == {
        "by name": ("module.jobs",),
        "without a name": ("module.jobs", "module.notebook"),
        "of a data source": ("module.reader",),
        "in the root module": ("",),
        "of another type": (),
    }


def test_a_call_without_a_name_is_of_the_module_in_its_region(tmp_path: Path) -> None:
    arn = "arn:aws:kms:{}:123456789012:key/1"
    keys = {"module.key": "eu-west-1", "module.copy_key": "eu-central-1"}
    write(tmp_path, *(resource("aws_kms_key", name, arn=arn.format(region)) for name, region in keys.items()))
    [found] = Callers(tmp_path).located([call("aws_kms_key")])
    assert found.modules == ("module.key",)


def test_a_deleted_resource_keeps_its_module(tmp_path: Path) -> None:
    callers = Callers(tmp_path)
    write(tmp_path, resource("aws_iam_role", "module.jobs", name="jobs"))
    assert callers.located([]) == []
    write(tmp_path)
    [found] = callers.located([call("aws_iam_role", RoleName="jobs")])
    assert found.modules == ("module.jobs",)
