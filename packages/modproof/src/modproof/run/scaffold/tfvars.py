"""Reads variable definitions files.

Source: https://developer.hashicorp.com/terraform/language/values/variables#variable-definitions-tfvars-files
"""

from __future__ import annotations

from pathlib import Path

from modproof.core.errors import ConfigurationError
from modproof.hcl.reader import Attribute, UnreadableHcl, parse

__all__ = ["AUTOMATIC", "automatic", "read"]

AUTOMATIC = ("terraform.tfvars", "*.auto.tfvars")


def read(path: Path) -> dict[str, Attribute]:
    """The variables in a file in native syntax, by name. Raises ConfigurationError when it cannot be read."""
    try:
        return {attribute.name: attribute for attribute in parse(path.read_text(encoding="utf-8")).attributes}
    except UnreadableHcl as error:
        raise ConfigurationError(str(error), path=path, line=error.line) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError("cannot be read", path=path) from error


def automatic(folder: Path) -> dict[str, Attribute]:
    """The variables that Terraform loads from ``folder`` without being asked to. Raises as :func:`read`."""
    found: dict[str, Attribute] = {}
    for path in (each for pattern in AUTOMATIC for each in sorted(folder.glob(pattern))):
        found |= read(path)
    return found
