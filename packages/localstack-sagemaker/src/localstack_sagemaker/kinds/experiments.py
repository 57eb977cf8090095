"""Experiments, trials and trial components: creating, listing and associating them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors
from ..call import Call, Kind, Operation
from ..records import Record
from ..table import Listing, Messages

__all__ = ["KINDS", "OPERATIONS"]


def _messages(words: str) -> Messages:
    return Messages(
        missing=f"{words} '{{arn}}' does not exist.",
        taken=f"{words} names must be unique within an AWS account and region. "
        f"{words} with name ({{name}}) already exists.",
        missing_code="ResourceNotFound",
    )


def _display(call: Call, record: Record) -> None:
    record.attributes.setdefault("DisplayName", record.name)


def _on_create_trial(call: Call, record: Record) -> None:
    call.get(call.kinds["Experiment"], (record.attributes["ExperimentName"],))
    _display(call, record)


def _on_delete_experiment(call: Call, record: Record) -> None:
    if any(trial.attributes["ExperimentName"] == record.name for trial in call.store.of("Trial").values()):
        raise errors.validation(f"Experiment {record.name} still has trials; delete them first.")


def _on_delete_trial(call: Call, record: Record) -> None:
    if record.attributes.get("TrialComponentNames"):
        raise errors.validation(f"Trial {record.name} still has trial components; disassociate them first.")


def _on_update_component(call: Call, record: Record, changes: dict[str, Any]) -> None:
    for member in ("Parameters", "InputArtifacts", "OutputArtifacts"):
        removed = set(changes.pop(f"{member}ToRemove", []))
        if removed or member in changes:
            merged = {**(record.attributes.get(member) or {}), **(changes.get(member) or {})}
            changes[member] = {key: value for key, value in merged.items() if key not in removed}


def _pair(call: Call) -> tuple[Record, Record]:
    component = call.get(call.kinds["TrialComponent"], (call.request["TrialComponentName"],))
    return component, call.get(call.kinds["Trial"], (call.request["TrialName"],))


def _associate(call: Call) -> Mapping[str, Any]:
    component, trial = _pair(call)
    _names(trial, "TrialComponentNames").append(component.name)
    _names(component, "TrialNames").append(trial.name)
    _names(component, "ExperimentNames").append(trial.attributes["ExperimentName"])
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def _disassociate(call: Call) -> Mapping[str, Any]:
    component, trial = _pair(call)
    for names, name in (
        (_names(trial, "TrialComponentNames"), component.name),
        (_names(component, "TrialNames"), trial.name),
        (_names(component, "ExperimentNames"), trial.attributes["ExperimentName"]),
    ):
        if name in names:
            names.remove(name)
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def _names(record: Record, member: str) -> list[str]:
    names: list[str] = record.attributes.setdefault(member, [])
    return names


KINDS = [
    Kind(
        noun="Experiment",
        arn="experiment/{ExperimentName}",
        key=("ExperimentName",),
        messages=_messages("Experiment"),
        on_create=_display,
        on_delete=_on_delete_experiment,
    ),
    Kind(
        noun="Trial",
        arn="experiment-trial/{TrialName}",
        key=("TrialName",),
        messages=_messages("Trial"),
        listing=Listing(filters={"TrialComponentName": "TrialComponentNames"}),
        on_create=_on_create_trial,
        on_delete=_on_delete_trial,
    ),
    Kind(
        noun="TrialComponent",
        arn="experiment-trial-component/{TrialComponentName}",
        key=("TrialComponentName",),
        messages=_messages("TrialComponent"),
        listing=Listing(filters={"TrialName": "TrialNames", "ExperimentName": "ExperimentNames"}),
        on_create=_display,
        on_update=_on_update_component,
    ),
]

OPERATIONS: dict[str, Operation] = {"AssociateTrialComponent": _associate, "DisassociateTrialComponent": _disassociate}
