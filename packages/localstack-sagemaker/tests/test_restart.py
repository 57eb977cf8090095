"""State is not saved by default."""

from __future__ import annotations

from pathlib import Path

from emulated import server
from emulated.account import Account


def test_state_is_not_saved_by_default(tmp_path: Path) -> None:
    """Restart the server in the same folders: LocalStack saves nothing unless persistence is enabled."""
    number = "123456789012"
    with server.running(tmp_path) as url:
        account = Account(url, number)
        account.sagemaker.create_model(ModelName="m", PrimaryContainer={"Image": "i"})
        assert len(account.sagemaker.list_models()["Models"]) == 1
    with server.running(tmp_path) as url:
        assert Account(url, number).sagemaker.list_models()["Models"] == []
