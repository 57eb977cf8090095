"""Requests are read and responses are written by the service model."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from localstack.aws.protocol.serializer import create_serializer

from localstack_sagemaker.errors import ServiceFailure
from localstack_sagemaker.json_values import JsonValues
from localstack_sagemaker.others import service_model

MODEL = service_model("sagemaker")
MOMENT = datetime.datetime(2026, 1, 31, 10, 20, 30, 123000, tzinfo=datetime.UTC)


def test_a_response_is_written_as_by_localstack() -> None:
    operation = MODEL.operation_model("DescribeTrainingJob")
    result: dict[str, Any] = {
        "TrainingJobName": "job",
        "CreationTime": MOMENT,
        "HyperParameters": {"depth": "3"},
        "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": MOMENT, "EndTime": None}],
        "ResourceConfig": {"InstanceCount": 1, "VolumeSizeInGB": 10},
        "NotInTheModel": 1,
    }
    theirs = create_serializer(MODEL).serialize_to_response(result, operation, {}, "id")
    assert JsonValues().write(operation.output_shape, result) == json.loads(theirs.data)


def test_a_request_is_read_with_the_types_of_the_model() -> None:
    shape = MODEL.operation_model("ListModels").input_shape
    document = {"CreationTimeAfter": MOMENT.timestamp(), "MaxResults": "5", "NameContains": None, "NotInTheModel": 1}
    read = JsonValues().read(shape, document)
    assert read.pop("CreationTimeAfter").timestamp() == MOMENT.timestamp()
    assert read == {"MaxResults": "5"}
    with pytest.raises(ServiceFailure, match="is not a timestamp"):
        JsonValues().read(shape, {"CreationTimeAfter": "yesterday"})


def test_a_recursive_shape_is_read_at_any_depth() -> None:
    shape = MODEL.operation_model("Search").input_shape
    expression = {"SubExpressions": [{"SubExpressions": [{"Operator": "And", "NotInTheModel": 1}]}]}
    read = JsonValues().read(shape, {"Resource": "Endpoint", "SearchExpression": expression})
    assert read["SearchExpression"] == {"SubExpressions": [{"SubExpressions": [{"Operator": "And"}]}]}
