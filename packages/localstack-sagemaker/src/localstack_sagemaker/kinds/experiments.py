"""Experiments, trials and trial components, as far as creating, listing and joining them goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors
from ..call import Call
from ..records import Record
from ..table import Kind, Listing, Messages, Operation

__all__ = ["KINDS", "OPERATIONS"]


def _messages(words: str) -> Messages:
    return Messages(
        missing=f"{words} with name {{name}} not found.",
        taken=f"{words} names must be unique within an AWS account and region. "
        f"{words} with name {{name}} already exists.",
        missing_code="ResourceNotFound",
    )


def _display(call: Call, record: Record) -> None:
    record.attributes.setdefault("DisplayName", record.name)


def _prepare_trial(call: Call, record: Record) -> None:
    call.get(call.kinds["Experiment"], (record.attributes["ExperimentName"],))
    _display(call, record)


def _release_experiment(call: Call, record: Record) -> None:
    if any(trial.attributes["ExperimentName"] == record.name for trial in call.store.of("Trial").values()):
        raise errors.validation(f"Experiment {record.name} still has trials; delete them first.")


def _release_trial(call: Call, record: Record) -> None:
    if record.attributes.get("TrialComponentNames"):
        raise errors.validation(f"Trial {record.name} still has trial components; disassociate them first.")


def _change_component(call: Call, record: Record, changes: dict[str, Any]) -> None:
    for member in ("Parameters", "InputArtifacts", "OutputArtifacts"):
        gone = set(changes.pop(f"{member}ToRemove", []))
        if gone or member in changes:
            merged = {**(record.attributes.get(member) or {}), **(changes.get(member) or {})}
            changes[member] = {key: value for key, value in merged.items() if key not in gone}


def _pair(call: Call) -> tuple[Record, Record]:
    component = call.get(call.kinds["TrialComponent"], (call.request["TrialComponentName"],))
    return component, call.get(call.kinds["Trial"], (call.request["TrialName"],))


def _join(call: Call) -> Mapping[str, Any]:
    component, trial = _pair(call)
    _names(trial, "TrialComponentNames").append(component.name)
    _names(component, "TrialNames").append(trial.name)
    _names(component, "ExperimentNames").append(trial.attributes["ExperimentName"])
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def _part(call: Call) -> Mapping[str, Any]:
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
        prepare=_display,
        release=_release_experiment,
    ),
    Kind(
        noun="Trial",
        arn="experiment-trial/{TrialName}",
        key=("TrialName",),
        messages=_messages("Trial"),
        listing=Listing(filters={"TrialComponentName": "TrialComponentNames"}),
        prepare=_prepare_trial,
        release=_release_trial,
    ),
    Kind(
        noun="TrialComponent",
        arn="experiment-trial-component/{TrialComponentName}",
        key=("TrialComponentName",),
        messages=_messages("TrialComponent"),
        listing=Listing(filters={"TrialName": "TrialNames", "ExperimentName": "ExperimentNames"}),
        prepare=_display,
        change=_change_component,
    ),
]

OPERATIONS: dict[str, Operation] = {"AssociateTrialComponent": _join, "DisassociateTrialComponent": _part}
