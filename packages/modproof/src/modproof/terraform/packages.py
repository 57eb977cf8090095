"""Pins the provider packages that ``terraform init`` selected, so that later commands do not verify them again.

Terraform computes the digest of a provider, 700 MB for AWS, in every ``init``, ``plan``, ``show`` and ``apply``. Here
only ``init`` does; the other commands use the package that it selected.
Source: https://developer.hashicorp.com/terraform/cli/config/config-file#development-overrides-for-provider-developers
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["LOCK_FILE", "locked_versions", "pin", "selected_packages"]

LOCK_FILE = ".terraform.lock.hcl"
_LOCKED = re.compile(r'^provider "([^"]+)" \{\s+version\s+= "([^"]+)"', re.MULTILINE)


def locked_versions(lock_file: Path) -> dict[str, str]:
    """The version of each provider in a lock file, by source address with host; empty without the file."""
    return dict(_LOCKED.findall(lock_file.read_text(encoding="utf-8"))) if lock_file.is_file() else {}


def selected_packages(root: Path) -> dict[str, Path]:
    """The resolved folder of each provider that is locked and installed in ``root``, by source address."""
    found: dict[str, Path] = {}
    for address, version in locked_versions(root / LOCK_FILE).items():
        for package in (root / ".terraform" / "providers" / address / version).glob("*"):
            found[address] = package.resolve()
    return found


def pin(root: Path, packages: Mapping[str, Path]) -> Path:
    """Write a CLI configuration that makes commands in ``root`` use ``packages`` as they are; returns the file.

    Not for ``init``, which ignores it for providers that it has to install.
    """
    overrides = "".join(f"    {json.dumps(name)} = {json.dumps(str(path))}\n" for name, path in packages.items())
    path = root / ".terraform" / "pinned.tfrc"
    path.parent.mkdir(exist_ok=True)
    text = f"provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n"
    path.write_text(f"disable_checkpoint = true\n{text}", encoding="utf-8")
    return path
