"""The controls of compliance frameworks that rules of the scanners belong to.

``python -m tools.frameworks CLONE``, a clone of https://github.com/prowler-cloud/prowler (Apache-2.0), writes the table
that modproof ships: ids of controls only, no text. ``framework_rules.yaml`` has the check of Prowler for each rule,
``security_hub.yaml`` the controls of AWS's own standards.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent
_DATA = _HERE.parent / "packages/modproof/src/modproof/compliance/data/frameworks.json"
_TITLES = {
    "cis": "CIS AWS Foundations Benchmark 5.0",
    "fsbp": "AWS Foundational Security Best Practices",
    "ai": "AWS AI Security Best Practices 1.0",
    "nist": "NIST SP 800-53 Revision 5",
    "soc2": "SOC 2",
}
_PROWLER = {"cis": "cis_5.0_aws", "nist": "nist_800_53_revision_5_aws", "soc2": "soc2_aws"}


def _git(clone: Path, *arguments: str) -> str:
    argv = ["git", "-C", str(clone), *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def _controls(clone: Path, name: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Every control of a framework that Prowler has, and its checks for it."""
    found = json.loads(_git(clone, "show", f"HEAD:prowler/compliance/aws/{_PROWLER[name]}.json"))
    seen: set[str] = set()
    for requirement in found["Requirements"]:
        control = _id(name, requirement)
        if name == "cis" and control in seen:  # the file has 1.10 as 1.1
            control = f"{control}0"
        seen.add(control)
        yield control, requirement["Checks"]


def _id(name: str, requirement: Mapping[str, Any]) -> str:
    """The id as the framework writes it; for NIST and SOC 2, it is in the name."""
    written = str(requirement["Id"] if name == "cis" else requirement["Name"])
    match = re.search(r"\b[A-Z]{2}-\d+(?:\(\w+\))*", written) if name == "nist" else None
    return match[0] if match else written.split()[0]


def _in_order(controls: Sequence[str]) -> list[str]:
    def key(control: str) -> list[tuple[int, int, str]]:
        return [
            (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"\d+|[A-Za-z]+", control)
        ]

    return sorted(set(controls), key=key)


def _read(name: str) -> Any:
    return yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))


def main(arguments: Sequence[str]) -> int:
    """Write the table."""
    (clone,) = map(Path, arguments)
    rules: Mapping[str, Mapping[str, list[str]]] = _read("framework_rules.yaml")
    of_aws = {
        standard: {f"{service}.{number}" for service, numbers in services.items() for number in numbers}
        for standard, services in _read("security_hub.yaml").items()
    }
    unknown = {control for entry in rules.values() for control in entry.get("hub", [])} - set().union(*of_aws.values())
    if unknown:
        raise SystemExit(f"no standard has {', '.join(sorted(unknown))}")
    frameworks = {}
    of_rules: dict[str, dict[str, list[str]]] = {}
    for name, title in _TITLES.items():
        controls = list(_controls(clone, name)) if name in _PROWLER else [(one, ()) for one in of_aws[name]]
        listed = {
            rule: [
                *(one for one, checks in controls if set(entry["prowler"]) & set(checks)),
                *of_aws.get(name, set()).intersection(entry.get("hub", [])),
                *entry.get(name, []),
            ]
            for rule, entry in rules.items()
        }
        every = [one for one, _ in controls] + [one for found in listed.values() for one in found]
        frameworks[name] = {"title": title, "controls": _in_order(every)}
        for rule, found in listed.items():
            if found:
                of_rules.setdefault(rule, {})[name] = _in_order(found)
    date = _git(clone, "log", "-1", "--format=%cs").strip()
    source = f"https://github.com/prowler-cloud/prowler/tree/{_git(clone, 'rev-parse', 'HEAD').strip()}"
    lines = [f"  {json.dumps(rule)}: {json.dumps(of_rules[rule])}" for rule in sorted(of_rules)]
    parts = [
        f'"source": {json.dumps(source)}',
        f'"date": {json.dumps(date)}',
        f'"frameworks": {json.dumps(frameworks)}',
    ]
    text = ",\n".join(f" {part}" for part in parts) + ',\n "rules": {\n' + ",\n".join(lines) + "\n }\n}\n"
    _DATA.write_text("{\n" + text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
