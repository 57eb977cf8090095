from __future__ import annotations

import pytest

from modproof.core.environment import aws_environment, base_environment, git_environment
from modproof.core.errors import SafetyError


def test_credentials_of_the_caller_are_not_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_ROLE_ARN", "TF_VAR_secret", "TF_CLI_ARGS",
                 "AWS_ENDPOINT_URL_S3", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "GITHUB_TOKEN"):  # fmt: skip
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    environment = aws_environment(endpoint_url="http://127.0.0.1:1")
    assert "real" not in environment.values()
    assert environment["AWS_ACCESS_KEY_ID"] == "000000000000"
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_proxies_and_certificates_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/certs.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    kept = base_environment()
    assert (kept["SSL_CERT_FILE"], kept["HTTPS_PROXY"]) == ("/certs.pem", "http://proxy:1")
    assert "127.0.0.1" in kept["NO_PROXY"]


def test_the_emulator_is_the_proxy_for_names_with_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:1")
    monkeypatch.delenv("http_proxy", raising=False)
    environment = aws_environment(endpoint_url="http://127.0.0.1:1")
    assert (environment["HTTP_PROXY"], environment["http_proxy"]) == ("http://127.0.0.1:1", "http://127.0.0.1:1")
    other = aws_environment(
        endpoint_url="http://127.0.0.1:1", services={"AWS_ENDPOINT_URL_S3_CONTROL": "http://127.0.0.1:2"}
    )
    assert other["HTTP_PROXY"] == "http://127.0.0.1:2"
    fetching = git_environment()
    assert (fetching["HTTP_PROXY"], fetching["http_proxy"]) == ("http://proxy:1", "")


def test_an_aws_address_is_refused() -> None:
    with pytest.raises(SafetyError, match=r"https://sts\.amazonaws\.com is AWS itself"):
        aws_environment(endpoint_url="https://sts.amazonaws.com")


def test_an_extra_aws_variable_is_refused() -> None:
    with pytest.raises(SafetyError, match="AWS_PROFILE may not be set"):
        aws_environment(endpoint_url="http://127.0.0.1:1", extra={"AWS_PROFILE": "x"})


def test_git_gets_the_callers_settings_and_never_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://token@example.com/")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    environment = git_environment()
    assert environment["GIT_CONFIG_VALUE_0"] == "https://token@example.com/"
    assert environment["GIT_TERMINAL_PROMPT"] == "0"
    assert "GIT_DIR" not in environment
    assert "GIT_CONFIG_COUNT" not in base_environment()
