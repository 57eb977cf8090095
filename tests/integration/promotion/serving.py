"""The container of the trained model, as the emulator calls it: a prediction for a row of features."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any


def predict(invocation: Any) -> str:
    """Predict with the artefact of the deployed version: a linear model in ``model.json``."""
    with tarfile.open(fileobj=io.BytesIO(invocation.model_data())) as archive:
        member = archive.extractfile("model.json")
        assert member
        model = json.load(member)
    row = [float(value) for value in invocation.body.decode().split(",")]
    prediction = sum(weight * value for weight, value in zip(model["weights"], row, strict=True)) + model["intercept"]
    return f"{prediction:.3f}"
