"""The rules of Trivy for Terraform, from the Go module that the pinned Trivy embeds.

``python -m tools.trivy_rules`` downloads the module (Go verifies its hash) and writes the table that modproof ships.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

__all__ = ["CHECKS", "checks_folder", "metadata"]

CHECKS = "github.com/aquasecurity/trivy-checks@v1.12.2-0.20251219190323-79d27547baf5"
"""The version in the go.mod of Trivy 0.74.0, the version in modproof's catalog of tools."""
_DATA = Path("packages/modproof/src/modproof/compliance/data/trivy-rules.json")
_COMMENT = re.compile(r"^# METADATA\n(?P<text>(?:#.*\n)+)", re.MULTILINE)


def checks_folder() -> Path:
    """The folder of the module, which Go downloads. Raises CalledProcessError if it cannot be downloaded."""
    with tempfile.TemporaryDirectory() as outside:  # not in a module, where Go would add a requirement
        argv = ["go", "mod", "download", "-json", CHECKS]
        done = subprocess.run(argv, cwd=outside, check=True, capture_output=True, text=True)
    return Path(json.loads(done.stdout)["Dir"])


def metadata(folder: Path) -> Iterator[Mapping[str, Any]]:
    """The metadata of every check for cloud resources, by its comment in the Rego file."""
    for path in sorted(folder.glob("checks/cloud/**/*.rego")):
        match = _COMMENT.search(path.read_text(encoding="utf-8"))
        if match and not path.stem.endswith("_test"):
            parsed = yaml.safe_load("\n".join(line[2:] for line in match["text"].splitlines()))
            if "id" in parsed.get("custom", {}):
                yield parsed


def _row(parsed: Mapping[str, Any]) -> dict[str, Any]:
    custom = parsed["custom"]
    # other aliases lack the provider, so that several rules have the same
    prefixes = ("AVD-", f"{custom['provider']}-")
    names = {custom.get("long_id", ""), *custom.get("aliases", ())} - {custom["id"]}
    row = {
        "id": custom["id"],
        "other": sorted(name for name in names if name.startswith(prefixes)),
        "title": " ".join(str(parsed["title"]).split()),
        "severity": custom["severity"].upper(),
    }
    return row | ({"deprecated": True} if custom.get("deprecated") else {})


def main() -> int:
    """Write the table."""
    rows = sorted(map(_row, metadata(checks_folder())), key=lambda row: str(row["id"]))
    lines = ",\n".join(f" {json.dumps(row, ensure_ascii=False)}" for row in rows)
    _DATA.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
