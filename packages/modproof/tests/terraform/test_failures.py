"""The texts are from Terraform 1.11.4, git and Go."""

from __future__ import annotations

import pytest

from modproof.terraform.diagnostics import Diagnostic
from modproof.terraform.failures import Cause, failure_of

QUERY = "Failed to query available provider packages"
VERSIONS = "Could not retrieve the list of available versions for provider"
SOURCE = "Failed to download module"
DISCOVERY = (
    "could not connect to registry.terraform.io: failed to request discovery document: Get"
    ' "https://registry.terraform.io/.well-known/terraform.json": dial tcp: lookup registry.terraform.io: no such host'
)
ADVICE = "\n\nTo see which modules are currently depending on x and what versions are specified, run the command"


def error(summary: str, detail: str = "") -> Diagnostic:
    return Diagnostic("error", summary, detail)


@pytest.mark.parametrize(
    ("summary", "detail", "cause", "hint"),
    [
        (QUERY, f"{VERSIONS} hashicorp/random: {DISCOVERY}{ADVICE}", Cause.PROVIDER, "connect to the registry"),
        (
            QUERY,
            f"{VERSIONS} hashicorp/random: no available releases match the given constraints ~> 4.0, >= 5.0.0{ADVICE}",
            Cause.NO_RELEASE,
            "change the constraint",
        ),
        (
            QUERY,
            f"{VERSIONS} hashicorp/random: provider registry registry.terraform.io does not have a provider named"
            f" registry.terraform.io/hashicorp/random{ADVICE}",
            Cause.PROVIDER,
            "set its source",
        ),
        (
            QUERY,
            f"{VERSIONS} hashicorp/random: locked provider x/hashicorp/random 5.100.0 does not match"
            f" configured version constraint ~> 4.0; must use terraform init -upgrade{ADVICE}",
            Cause.STALE_LOCK,
            "delete the lock file",
        ),
        (
            QUERY,
            f"{VERSIONS} hashicorp/random: provider registry.terraform.io/hashicorp/random was not found in any of the"
            f" search locations\n\n  - /mirror{ADVICE}",
            Cause.PROVIDER,
            "add it to the filesystem mirror",
        ),
        (
            QUERY,
            f"{VERSIONS} hashicorp/random: the previously-selected version 5.99.0 is no longer available{ADVICE}",
            Cause.STALE_LOCK,
            "delete the lock file",
        ),
        (
            "Failed to install provider",
            "Error while installing hashicorp/random v5.100.0: the local package for x 5.100.0 doesn't match any of the"
            " checksums previously recorded in the dependency lock file",
            Cause.CHECKSUM,
            "if the package was replaced on purpose",
        ),
        (
            "Failed to install provider",
            "Error while installing hashicorp/random v3.7.2: write .terraform/x: no space left on device",
            Cause.PROVIDER,
            "free disk space",
        ),
    ],
)
def test_a_provider_that_cannot_be_installed_has_the_advice_for_its_reason(
    summary: str, detail: str, cause: Cause, hint: str
) -> None:
    failure = failure_of(error(summary, detail))
    assert failure is not None
    assert (failure.provider, failure.cause) == ("hashicorp/random", cause)
    assert failure.hint.startswith(hint)
    assert "To see which modules" not in failure.reason


@pytest.mark.parametrize(
    ("summary", "detail", "cause", "transient", "hint"),
    [
        (
            SOURCE,
            "/usr/bin/git exited with 128: fatal: '/x.git' does not appear to be a git repository",
            Cause.SOURCE,
            False,
            "check the address and the version",
        ),
        (
            SOURCE,
            "git exited with 128: fatal: unable to access 'http://x/': Failed to connect to x port 80 after 0 ms",
            Cause.SOURCE,
            True,
            "check the connection",
        ),
        (
            "Error accessing remote module registry",
            f"Failed to retrieve available versions for module: {DISCOVERY}",
            Cause.SOURCE,
            False,
            "check the connection",
        ),
        (
            "Plugin did not respond",
            "The plugin encountered an error, and failed to respond to the plugin.(*GRPCProvider).PlanResourceChange"
            " call. The plugin logs may contain more details.",
            Cause.CRASH,
            True,
            "the provider ended",
        ),
        (
            "Failed to load plugin schemas",
            "Error while loading schemas: Request cancelled: The plugin.(*GRPCProvider).GetProviderSchema request was"
            " cancelled.",
            Cause.CRASH,
            True,
            "the provider ended",
        ),
        (
            "Failed to load plugin schemas",
            "failed to instantiate provider: Unrecognized remote plugin message: \nFailed to read any lines",
            Cause.CRASH,
            True,
            "the provider ended",
        ),
        (
            "Failed to write plan file",
            "The plan file could not be written: write x: no space left on device.",
            Cause.MACHINE,
            False,
            "free disk space",
        ),
        ("Error", "fork/exec x: cannot allocate memory", Cause.MACHINE, False, "free memory"),
        (
            "Error",
            'Get "http://127.0.0.1:9": read tcp: connection reset by peer',
            Cause.NETWORK,
            True,
            "check the conn",
        ),
    ],
)
def test_an_error_of_the_machine_the_network_or_a_tool_is_recognised(
    summary: str, detail: str, cause: Cause, transient: bool, hint: str
) -> None:
    failure = failure_of(error(summary, detail))
    assert failure is not None
    assert (failure.cause, failure.transient) == (cause, transient)
    assert failure.hint.startswith(hint)


@pytest.mark.parametrize(
    ("summary", "detail"),
    [
        ("Invalid value for variable", "connection refused is not a name."),
        ("Resource precondition failed", "Use another host: no such host."),
        ("Unsupported argument", "An argument named x is not expected here."),
        ("Unreadable module directory", 'The directory could not be read for module "d" at main.tf:1.'),
        ("Module not found", "The module address could not be resolved.\n\nIf you intended this as a path relative to"),
        ("expected length of name to be in the range (1 - 64)", ""),
    ],
)
def test_an_error_about_a_module_is_not_a_failure(summary: str, detail: str) -> None:
    assert failure_of(error(summary, detail)) is None


@pytest.mark.parametrize(
    ("summary", "detail"),
    [
        ("local-exec provisioner error", "Error running command 'echo no space left on device': exit status 3"),
        ("creating X", "api error ValidationException: the target answers i/o timeout, connection refused"),
    ],
)
def test_what_a_command_of_the_module_or_aws_says_is_about_the_module(summary: str, detail: str) -> None:
    assert failure_of(error(summary, detail)) is None
