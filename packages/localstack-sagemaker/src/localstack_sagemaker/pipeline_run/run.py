"""Advances the execution of a pipeline: starts the steps that can start, and ends the execution.

The state of an execution is in its record: `steps` by name, in the order of their start.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call
from ..others import client
from ..records import Record, Stage
from ..status import transition
from ..worker import submit
from . import resources
from .conditions import holds
from .definition import dependencies, steps_of
from .references import Unresolved, at, resolve

__all__ = ["advance", "send", "shown_steps", "stop", "waiting_for"]

_FAILED = "Step failure: One or multiple steps failed."
_STATUS = "PipelineExecutionStatus"
_CLOSING_SECONDS = 5
_STOPPED = (Stage("Stopped", 20),)
_EXECUTION: dict[str, Callable[[Record], str]] = {
    "Execution.PipelineName": lambda record: record.key[0],
    "Execution.PipelineArn": lambda record: record.attributes["PipelineArn"],
    "Execution.PipelineExecutionId": lambda record: record.key[1],
    "Execution.PipelineExecutionArn": lambda record: record.arn,
    "Execution.StartDateTime": lambda record: f"{record.created:%Y-%m-%dT%H:%M:%SZ}",
    "Execution.CurrentDateTime": lambda record: f"{record.modified:%Y-%m-%dT%H:%M:%SZ}",
}


def advance(call: Call, record: Record) -> None:
    """Read the state of the running steps, start what can start, and end the execution if nothing runs."""
    if record.attributes[_STATUS] != "Executing":
        return
    steps = _steps(record)
    for state in steps.values():
        _look(call, state)
    definition = steps_of(record.private["definition"])
    limit = (record.attributes.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps") or len(
        definition
    )
    started = True
    while started and not _any(steps, "Failed"):
        started = False
        for name, step in definition.items():
            if _running(steps) < limit and name not in steps and _ready(step, steps):
                steps[name] = _start(call, record, step)
                started = True
    if not _running(steps) and not record.ahead:
        reason = _FAILED if _any(steps, "Failed") else record.private.pop("failure", "")
        changes = {"FailureReason": reason} if reason else {}
        transition(call, record, (Stage("Failed" if reason else "Succeeded", _CLOSING_SECONDS, changes),))


def _steps(record: Record) -> dict[str, dict[str, Any]]:
    steps: dict[str, dict[str, Any]] = record.private.setdefault("steps", {})
    return steps


def _any(steps: Mapping[str, Mapping[str, Any]], status: str) -> bool:
    return any(state["status"] == status for state in steps.values())


def _running(steps: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(state["status"] == "Executing" for state in steps.values())


def _ready(step: Mapping[str, Any], steps: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether everything that a step waits for has succeeded, and its branch has been chosen."""
    condition = step.get("Condition")
    if condition and steps.get(condition, {}).get("outcome") != step["Outcome"]:
        return False
    return all(steps.get(name, {}).get("status") == "Succeeded" for name in dependencies(step))


def _look(call: Call, state: dict[str, Any]) -> None:
    """Update the state of a step from that of its resource."""
    resource = resources.RESOURCES.get(state["type"])
    if state["status"] != "Executing" or resource is None:
        return
    record = call.store.of(resource.noun).get(state["key"])
    status, reason = resources.outcome(resource, record) if record else ("Failed", "ClientError: the job was deleted.")
    if status != "Executing":
        _end(call, state, status, reason)


def _end(call: Call, state: dict[str, Any], status: str, reason: str = "") -> None:
    state |= {"status": status, "end": call.now()} | ({"reason": reason} if reason else {})


def _start(call: Call, record: Record, step: Mapping[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = {"type": str(step.get("Type", "")), "status": "Executing", "start": call.now()}
    attempts = record.private.setdefault("attempts", {})
    state["attempt"] = attempts[step["Name"]] = attempts.get(step["Name"], 0) + 1
    try:
        _run(call, record, step, state)
    except (Unresolved, ValueError, KeyError, TypeError, AttributeError) as error:
        _end(call, state, "Failed", f"ClientError: {error}")
    except errors.ServiceFailure as error:
        _end(call, state, "Failed", f"ClientError: {error.code}: {error.message}")
    return state


def _run(call: Call, record: Record, step: Mapping[str, Any], state: dict[str, Any]) -> None:
    """Run a step. One of a type that creates nothing in SageMaker, such as Lambda, succeeds and does nothing."""
    type_ = state["type"]
    arguments = {name: one for name, one in step["Arguments"].items() if name not in ("IfSteps", "ElseSteps")}
    arguments = resolve(arguments, lambda path: _value(call, record, path), lambda *one: _file(call, record, *one))
    if type_ in resources.RESOURCES:
        resource = resources.RESOURCES[type_]
        # in lower case, as in its ARN, from which clients read it
        name = f"pipelines-{record.key[1]}-{step['Name'][:24].lower()}-{call.random_id(10)}"
        role_rules.pipeline_step(call, record, resource.noun, name, arguments)
        created = resources.create(call, resource, arguments, name)
        created.private["watcher"] = (record.noun, record.key)
        state |= {"key": created.key, "arn": created.arn}
        _look(call, state)
    elif type_ == "Callback":
        _ask(call, record, step, arguments, state)
    elif type_ == "Condition":
        state["outcome"] = str(all(holds(one) for one in arguments["Conditions"]))
        _end(call, state, "Succeeded")
    elif type_ == "Fail":
        state["message"] = str(arguments.get("ErrorMessage", ""))
        _end(call, state, "Failed", state["message"])
    else:
        _end(call, state, "Succeeded")


def _ask(
    call: Call, record: Record, step: Mapping[str, Any], arguments: Mapping[str, Any], state: dict[str, Any]
) -> None:
    """Send the token of a callback step to its queue.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-callback
    """
    state |= {"token": call.random_id(10), "queue": str(step.get("SqsQueueUrl", "")), "arguments": arguments}
    _notify(call, record, state, "Executing")


def _notify(call: Call, record: Record, state: Mapping[str, Any], status: str) -> None:
    text = json.dumps(
        {
            "token": state["token"],
            "pipelineExecutionArn": record.arn,
            "arguments": state["arguments"],
            "status": status,
        }
    )
    account, region, queue = call.account, call.region, state["queue"]
    call.after(lambda: submit(lambda: _enqueue(account, region, queue, text)))


def _enqueue(account: str, region: str, queue: str, text: str) -> None:
    client("sqs", account, region).send_message(QueueUrl=queue, MessageBody=text)


def _value(call: Call, record: Record, path: str) -> Any:
    """The value of a reference. Raises Unresolved."""
    if path in _EXECUTION:
        return _EXECUTION[path](record)
    kind, _, rest = path.partition(".")
    if kind == "Parameters":
        return at(record.private["parameters"], rest)
    name = rest.replace("[", ".").partition(".")[0]
    if kind != "Steps" or name not in _steps(record):
        raise Unresolved(f"{path} has no value")
    return at(_properties(call, _steps(record)[name]), rest[len(name) :])


def _properties(call: Call, state: Mapping[str, Any]) -> Mapping[str, Any]:
    resource = resources.RESOURCES.get(state["type"])
    if resource is None:
        return {"OutputParameters": state.get("outputs") or {}, "Outcome": state.get("outcome")}
    record = call.store.of(resource.noun).get(state["key"])
    return call.kinds[resource.noun].attributes_of(record) if record else {}


def _file(call: Call, record: Record, name: str, file: str) -> str:
    """The text of a property file, from the output of its processing job."""
    step = steps_of(record.private["definition"]).get(name, {})
    for one in step.get("PropertyFiles") or []:
        if one.get("PropertyFileName") == file:
            output = f"Steps.{name}.ProcessingOutputConfig.Outputs['{one['OutputName']}'].S3Output.S3Uri"
            return _read(call, f"{str(_value(call, record, output)).rstrip('/')}/{one['FilePath']}")
    raise Unresolved(f"step {name} has no property file {file}")


def _read(call: Call, uri: str) -> str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    s3 = client("s3", call.account, call.region)
    try:
        text: str = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    except Exception as error:
        raise Unresolved(f"cannot read property file {uri}: {error}") from None
    return text


def waiting_for(call: Call, token: str) -> tuple[Record, dict[str, Any]]:
    """The execution and the callback step that wait for a token. Raises ResourceNotFound."""
    for record in call.store.of("PipelineExecution").values():
        for state in _steps(record).values():
            if state.get("token") == token and state["status"] == "Executing":
                return record, state
    raise errors.not_found(f"No callback step waits for token {token}.")


def send(call: Call, record: Record, state: dict[str, Any], outputs: list[dict[str, str]], reason: str | None) -> None:
    """End a callback step: with outputs, or with the reason of its failure."""
    state["outputs"] = {one["Name"]: one["Value"] for one in outputs}
    _end(call, state, "Succeeded" if reason is None else "Failed", reason or "")
    if record.attributes[_STATUS] == "Stopping" and not _running(_steps(record)):
        transition(call, record, _STOPPED)
    advance(call, record)


def stop(call: Call, record: Record) -> None:
    """Stop an execution and the jobs of its running steps. It stops after its callback steps, which end when asked to.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopPipelineExecution.html
    """
    for state in _steps(record).values():
        resource = resources.RESOURCES.get(state["type"])
        if state["status"] != "Executing":
            continue
        if state["type"] == "Callback":
            _notify(call, record, state, "Stopping")
            continue
        job = call.store.of(resource.noun).get(state["key"]) if resource else None
        if job:
            resources.stop(call, job)
        _end(call, state, "Stopped")
    waits = bool(_running(_steps(record)))
    transition(call, record, (Stage("Stopping"),) if waits else (Stage("Stopping"), *_STOPPED))


def shown_steps(record: Record) -> list[dict[str, Any]]:
    """The steps that have started, in the order of their start."""
    return [_shown(name, state) for name, state in _steps(record).items() if not state.get("reused")]


def _shown(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StepName": name,
        "StepStatus": state["status"],
        "StartTime": state["start"],
        "AttemptCount": state["attempt"],
    }
    if "end" in state:
        shown["EndTime"] = state["end"]
    if state["status"] == "Failed":
        shown["FailureReason"] = state.get("reason", "")
    metadata = _metadata(state)
    return shown | ({"Metadata": metadata} if metadata else {})


def _metadata(state: Mapping[str, Any]) -> dict[str, Any]:
    resource = resources.RESOURCES.get(state["type"])
    if resource and "arn" in state:
        return {resource.metadata: {"Arn": state["arn"]}}
    if "outcome" in state:
        return {"Condition": {"Outcome": state["outcome"]}}
    if "message" in state:
        return {"Fail": {"ErrorMessage": state["message"]}}
    if "token" not in state:
        return {}
    outputs = [{"Name": name, "Value": value} for name, value in (state.get("outputs") or {}).items()]
    callback = {"CallbackToken": state["token"], "SqsQueueUrl": state["queue"], "OutputParameters": outputs}
    return {"Callback": callback}
