"""Takes the go.mod and go.sum of ``tools/`` into what is built, so that an installed modproof can build them too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_GOTOOLS = "modproof/toolchain/gotools"


class TakeGoTools(BuildHookInterface):  # type: ignore[type-arg, misc]
    """A wheel made of an sdist finds the files in the sdist already; an editable install reads the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add ``tools/`` to the archive, where it lies beside this package; ``version`` is hatchling's build kind."""
        tools = Path(self.root).parents[1] / "tools"
        prefix = "" if self.target_name == "wheel" else "src/"
        for module in tools.glob("*/go.mod") if version != "editable" else ():
            folder = module.parent
            build_data["force_include"][str(folder)] = f"{prefix}{_GOTOOLS}/{folder.name}"
