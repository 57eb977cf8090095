"""A change of an MLflow tracking server that the AWS provider cannot make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modproof.emulator import Emulator

CopiedModule = Callable[[str, str], Any]

ACCOUNT = "555500000013"
NAME = "demo"


def test_registration_that_stays_on_fails_the_apply_which_names_the_command(
    copied_module: CopiedModule, emulator: Emulator
) -> None:
    applied = copied_module("mlflow", ACCOUNT)
    call = {"artifact_bucket_name": "demo-artifacts", "name": NAME, "role_arn": f"arn:aws:iam::{ACCOUNT}:role/demo"}
    applied.call({**call, "automatic_model_registration": True})
    assert applied.apply() == ()

    applied.call({**call, "automatic_model_registration": False})
    (error,) = applied.apply()
    assert error.summary == "Resource postcondition failed"
    command = (
        f"aws sagemaker update-mlflow-tracking-server --tracking-server-name {NAME} --no-automatic-model-registration"
    )
    assert command in error.detail

    sagemaker = emulator.session(ACCOUNT, applied.region).client("sagemaker")
    sagemaker.update_mlflow_tracking_server(TrackingServerName=NAME, AutomaticModelRegistration=False)
    assert applied.apply() == ()
