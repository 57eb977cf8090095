"""The part of a module's README about the permissions to deploy it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from modproof.core.counts import plural

__all__ = ["with_permissions"]

_BEGIN, _END = "<!-- BEGIN_PERMISSIONS -->", "<!-- END_PERMISSIONS -->"
_PART = re.compile(rf"{_BEGIN}\n.*?{_END}", re.DOTALL)
_HEAD = ("| service | resources | to plan | to apply, in addition | depends on |", "|---|---|---|---|---|")


def with_permissions(text: str, name: str, entry: Mapping[str, Any]) -> str | None:
    """``text`` with the part between the markers; None without markers. ``entry`` is that of the file of permissions.

    A row has the resources without the ARN's part up to the account, which is that of the deployment.
    """
    if _PART.search(text) is None:
        return None
    plan, apply = (sum(len(each["Action"]) for each in entry[phase]) for phase in ("plan", "apply"))
    lines = [
        _BEGIN,
        f"`modproof permissions --module {name}` prints the policies: {plural(plan, 'action')} to plan, and {apply} to"
        " apply, update and destroy.",
        "",
        "<details><summary>Actions and resources</summary>",
        "",
        *_HEAD,
        *_rows(entry),
        "",
        "</details>",
        _END,
    ]
    return _PART.sub(lambda _: "\n".join(lines), text)


def _rows(entry: Mapping[str, Any]) -> Iterator[str]:
    to_plan = {action for statement in entry["plan"] for action in statement["Action"]}
    rows: dict[tuple[str, str, str], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for statement in entry["apply"]:
        resources = ", ".join(dict.fromkeys(map(_short, statement["Resource"])))
        passed = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService")
        for action in statement["Action"]:
            service, _, operation = action.partition(":")
            inputs = ", ".join(f"`{each}`" for each in entry["switches"].get(action, ()))
            shown = f"`{operation}` to `{passed}`" if passed else f"`{operation}`"
            rows[(service, resources, inputs)][action not in to_plan].append(shown)
    for (service, resources, inputs), (plan, apply) in sorted(rows.items()):
        yield f"| {service} | {resources} | {', '.join(sorted(plan))} | {', '.join(sorted(apply))} | {inputs} |"


def _short(arn: str) -> str:
    return f"`{arn if arn == '*' else arn.split(':', 5)[5]}`"
