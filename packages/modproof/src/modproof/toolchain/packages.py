"""The provider packages that ``terraform init`` chose, so that the commands after it need not look at them again.

Terraform computes the digest of a provider, 700 MB for AWS, in each ``init``, ``plan``, ``show`` and ``apply``. Here
``init`` does so, and the other commands are pointed at the package that it chose.
Source: https://developer.hashicorp.com/terraform/cli/config/config-file#development-overrides-for-provider-developers
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["chosen_packages", "pin"]

_LOCKED = re.compile(r'^provider "([^"]+)" \{\s+version\s+= "([^"]+)"', re.MULTILINE)


def chosen_packages(root: Path) -> dict[str, Path]:
    """The folder of each provider that ``root`` is locked to and has installed, links followed, by source address."""
    lock_file = root / ".terraform.lock.hcl"
    locked = _LOCKED.findall(lock_file.read_text(encoding="utf-8")) if lock_file.is_file() else []
    found: dict[str, Path] = {}
    for address, version in locked:
        for package in (root / ".terraform" / "providers" / address / version).glob("*"):
            found[address] = package.resolve()
    return found


def pin(root: Path, packages: Mapping[str, Path]) -> Path:
    """Write a CLI configuration by which commands in ``root`` use ``packages`` as they are; returns the file.

    It is not for ``init``, which would look for the providers elsewhere.
    """
    overrides = "".join(f"    {json.dumps(name)} = {json.dumps(str(path))}\n" for name, path in packages.items())
    path = root / ".terraform" / "chosen.tfrc"
    path.parent.mkdir(exist_ok=True)
    text = f"provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n"
    path.write_text(f"disable_checkpoint = true\n{text}", encoding="utf-8")
    return path
