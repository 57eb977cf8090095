"""A job that a pipeline, a state machine or a schedule starts has a time limit.

Sources: https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/,
https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from modproof.compliance.checks.base import Check
from modproof.compliance.checks.conditions import items, value

_STEPS = frozenset({"AutoML", "ClarifyCheck", "Processing", "QualityCheck", "Training", "Tuning"})
"""The types of pipeline steps that start a job which can have a limit."""
_CALL = re.compile(r":sagemaker:create(?:AutoML|HyperParameterTuning|Processing|Training)Job(?:V2)?\b")
_LIMIT = re.compile(r"Max\w*RuntimeInSeconds(?:\.\$)?|StoppingCondition\.\$")
"""A limit, or a state machine's path to it."""


class JobLimitInDefinition(Check):
    """See the module."""

    ID = "MODPROOF_SM_10"
    SEVERITY = "LOW"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html"
    TITLE = "Ensure SageMaker jobs of pipelines, state machines and schedules have a time limit"
    TYPES = ("aws_sagemaker_pipeline", "aws_scheduler_schedule", "aws_sfn_state_machine")
    READ = ("pipeline_definition", "definition", "target/[0]/input")

    def holds(self, conf: dict[str, Any]) -> bool:
        definitions = [*items(conf, "pipeline_definition"), *items(conf, "definition")]
        requests = [request for each in definitions for request in _requests(_document(each))]
        if _CALL.search(str(value(conf, "target", "arn"))):
            requests.append(_document(value(conf, "target", "input")))
        return all(_has_limit(request) for request in requests if isinstance(request, dict))


def _document(written: Any) -> Any:
    """The value of a JSON text, which may be evaluated already; None if it cannot be read."""
    if not isinstance(written, str):
        return written
    try:
        return json.loads(written)
    except ValueError:
        return None


def _requests(node: Any) -> Iterator[Any]:
    """The requests of all steps and states that start a job, also of nested ones."""
    if isinstance(node, list):
        for item in node:
            yield from _requests(item)
    elif isinstance(node, dict):
        # a value of a pipeline's step may be an object, such as a reference to a parameter
        if str(node.get("Type")) in _STEPS or _CALL.search(str(node.get("Resource"))):
            yield node.get("Arguments", node.get("Parameters"))
        for item in node.values():
            yield from _requests(item)


def _has_limit(node: Any) -> bool:
    if isinstance(node, list):
        return any(map(_has_limit, node))
    if isinstance(node, dict):
        return any(_LIMIT.fullmatch(str(key)) is not None or _has_limit(item) for key, item in node.items())
    return False


check = JobLimitInDefinition()
