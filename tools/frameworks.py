"""The controls of compliance frameworks that rules of the scanners belong to.

``python -m tools.frameworks CLONE``, a clone of https://github.com/prowler-cloud/prowler (Apache-2.0), writes the table
that modproof ships: ids of controls only, no text. ``framework_rules.yaml`` has the check of Prowler for each rule.
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
_FILES = {
    "cis": ("CIS AWS Foundations Benchmark 5.0", "cis_5.0_aws"),
    "fsbp": ("AWS Foundational Security Best Practices", "aws_foundational_security_best_practices_aws"),
    "nist": ("NIST SP 800-53 Revision 5", "nist_800_53_revision_5_aws"),
    "soc2": ("SOC 2", "soc2_aws"),
}
# Prowler also lists controls that AWS has in other standards only, or has retired:
# https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html
_NOT_IN_FSBP = frozenset(
    re.findall(
        r"[\w.]+",
        """
    CloudTrail.3 CloudTrail.6 CloudTrail.7 DynamoDB.4 EC2.13 EC2.14 EC2.22 EC2.28 IAM.9 IAM.10 IAM.19 IAM.22 IAM.26
    KMS.4 Lambda.3 S3.7 S3.10 S3.11 S3.14 S3.15 S3.17 S3.20 SNS.1 SNS.2
    """,
    )
)
# controls that Prowler does not list:
# https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html
_ALSO_IN_FSBP = ("SQS.3", *(f"SageMaker.{number}" for number in range(8, 16)))


def _git(clone: Path, *arguments: str) -> str:
    argv = ["git", "-C", str(clone), *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def _controls(clone: Path, name: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Every control of a framework, and the checks of Prowler for it."""
    found = json.loads(_git(clone, "show", f"HEAD:prowler/compliance/aws/{_FILES[name][1]}.json"))
    seen: set[str] = set()
    for requirement in found["Requirements"]:
        control = _id(name, requirement)
        if name == "cis" and control in seen:  # the file has 1.10 as 1.1
            control = f"{control}0"
        seen.add(control)
        if name != "fsbp" or control not in _NOT_IN_FSBP:
            yield control, requirement["Checks"]
    if name == "fsbp":
        yield from ((control, ()) for control in _ALSO_IN_FSBP)


def _id(name: str, requirement: Mapping[str, Any]) -> str:
    """The id as the framework writes it; for NIST and SOC 2, it is in the name."""
    written = str(requirement["Name"] if name in ("nist", "soc2") else requirement["Id"])
    match = re.search(r"\b[A-Z]{2}-\d+(?:\(\w+\))*", written) if name == "nist" else None
    return match[0] if match else written.split()[0]


def _in_order(controls: Sequence[str]) -> list[str]:
    def key(control: str) -> list[tuple[int, int, str]]:
        return [
            (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"\d+|[A-Za-z]+", control)
        ]

    return sorted(set(controls), key=key)


def main(arguments: Sequence[str]) -> int:
    """Write the table."""
    (clone,) = map(Path, arguments)
    rules: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(
        (_HERE / "framework_rules.yaml").read_text(encoding="utf-8")
    )
    frameworks = {}
    of_rules: dict[str, dict[str, list[str]]] = {}
    for name, (title, _) in _FILES.items():
        controls = list(_controls(clone, name))
        frameworks[name] = {"title": title, "controls": _in_order([control for control, _ in controls])}
        for rule, entry in rules.items():
            # the controls of Security Hub are more exact than Prowler's
            listed = entry.get("fsbp", []) if name == "fsbp" else [
                control for control, checks in controls if set(entry["prowler"]) & set(checks)
            ]  # fmt: skip
            unknown = set(listed) - set(frameworks[name]["controls"])
            if unknown:
                raise SystemExit(f"{rule}: {name} has no {', '.join(sorted(unknown))}")
            if listed:
                of_rules.setdefault(rule, {})[name] = _in_order(listed)
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
