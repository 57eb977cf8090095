"""Write the actions of resource types: ``python -m tools.resource_types [WHEEL]``, the wheel of cfn-lint from PyPI.

Recorded actions are from docs/permissions.json. For other types there are those that AWS's resource providers of
CloudFormation declare for their handlers; without a wheel they stay as they are. They are keyed by the name of the
CloudFormation type without separators: ``sagemakermodel`` for AWS::SageMaker::Model. Source:
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "docs/permissions.json"
TARGET = ROOT / "packages/modproof/src/modproof/permissions/data/resource_types.json"
_SCHEMAS = "cfnlint/data/schemas/resources/"


def main(arguments: list[str]) -> int:
    """Write the file."""
    parser = argparse.ArgumentParser(prog="python -m tools.resource_types")
    parser.add_argument("wheel", type=Path, nargs="?", help="a wheel of cfn-lint (default: keep the declared actions)")
    wheel = parser.parse_args(arguments).wheel
    TARGET.write_text(render(wheel), encoding="utf-8")
    return 0


def render(wheel: Path | None = None) -> str:
    """The file's text, by default with the declared actions that it has. JSON with a line for each type."""
    content = json.loads(TARGET.read_text(encoding="utf-8"))
    content["recorded"] = json.loads(RECORDED.read_text(encoding="utf-8"))["resource_types"]
    if wheel is not None:
        content["source"] = wheel.name.rpartition("-py3")[0].replace("-", " ")
        content["declared"] = _declared(wheel)
    parts = [f'"source": {json.dumps(content["source"])}']
    for name in ("recorded", "declared"):
        lines = [f"{json.dumps(key)}: {json.dumps(entry)}" for key, entry in sorted(content[name].items())]
        parts.append(f'"{name}": {{\n' + ",\n".join(lines) + "\n}")
    return "{" + ",\n".join(parts) + "}\n"


def _declared(wheel: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith(_SCHEMAS) and name.endswith(".json")]
        schemas = [json.loads(archive.read(name)) for name in sorted(names)]
    for schema in schemas:
        handlers, type_ = schema.get("handlers"), str(schema.get("typeName", ""))
        if not handlers or not type_.startswith("AWS::"):
            continue
        read = _actions(handlers, "read")
        changing = _actions(handlers, "create", "update", "delete")
        if read | changing:
            key = "".join(type_.split("::")[1:]).lower()
            known = found.setdefault(key, {"type": type_, "plan": [], "apply": []})
            # the schema of a type may differ between regions
            known["plan"] = sorted({*known["plan"], *read})
            known["apply"] = sorted({*known["apply"], *changing} - {*known["plan"]})
    return found


def _actions(handlers: dict[str, Any], *names: str) -> set[str]:
    actions = {str(action) for name in names for action in handlers.get(name, {}).get("permissions", [])}
    # some schemas have placeholders
    return {action for action in actions if ":" in action}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
