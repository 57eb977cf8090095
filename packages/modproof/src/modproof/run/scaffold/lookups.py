"""Guesses what the data sources of a module return, from the attributes that the module reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from modproof.cases.planned import CaseError
from modproof.hcl.reader import read_folder
from modproof.plan.answered import data_sources
from modproof.run.scaffold.guesses import by_name
from modproof.terraform.addresses import Address

__all__ = ["corrected_answers", "guessed_answers"]

_WITHOUT_A_CALL = frozenset(
    {
        "aws_arn", "aws_availability_zone", "aws_availability_zones", "aws_billing_service_account",
        "aws_caller_identity", "aws_canonical_user_id", "aws_cloudtrail_service_account", "aws_default_tags",
        "aws_elastic_beanstalk_hosted_zone", "aws_elb_hosted_zone_id", "aws_elb_service_account",
        "aws_iam_policy_document", "aws_iam_session_context", "aws_lb_hosted_zone_id", "aws_partition",
        "aws_redshift_service_account", "aws_region", "aws_regions", "aws_service", "aws_service_principal",
    }
)  # fmt: skip
"""The data sources that need no answer."""
_IDS = {
    "aws_ami": "ami",
    "aws_eip": "eipalloc",
    "aws_instance": "i",
    "aws_internet_gateway": "igw",
    "aws_nat_gateway": "nat",
    "aws_prefix_list": "pl",
    "aws_route_table": "rtb",
    "aws_security_group": "sg",
    "aws_subnet": "subnet",
    "aws_vpc": "vpc",
}
_OF_TYPE: dict[str, Any] = {"number": 1, "bool": True, "mapping": {}, "string": "example"}
_MISTYPED = re.compile(r"(?P<address>\S*\bdata\.[^\s:]+)\.(?P<name>\w+)(?P<path>(?:[.\[][^\s:]*)?): (?P<fault>.*)")
_EXPECTED = re.compile(r"a (number|bool|mapping|string|list) is expected")


def guessed_answers(folder: Path) -> dict[str, dict[str, Any]]:
    """An answer for each AWS data source that needs one, in the module in ``folder`` and the local modules it calls."""
    found: dict[str, dict[str, Any]] = {}
    for text, where in data_sources(folder).items():
        address = Address.parse(text)
        if address.type.startswith("aws_") and address.type not in _WITHOUT_A_CALL:
            found[text] = {name: _guess(address.type, name) for name in _read(where, address)}
    return found


def corrected_answers(
    answers: Mapping[str, Mapping[str, Any]], errors: Iterable[CaseError]
) -> dict[str, dict[str, Any]] | None:
    """``answers`` with another value, or none, for each attribute that the errors are about; None if there is none."""
    corrected = {address: dict(given) for address, given in answers.items()}
    for error in errors:
        match = _MISTYPED.match(error.text)
        given = corrected.get(match["address"]) if match else None
        if match is None or given is None or match["name"] not in given:
            continue
        guess = given.pop(match["name"])
        expected = _EXPECTED.search(match["fault"])
        if expected and not match["path"]:
            value = [guess] if expected[1] == "list" else _OF_TYPE[expected[1]]
            given[match["name"]] = value
    return corrected if corrected != answers else None


def _read(folder: Path, address: Address) -> list[str]:
    """The attributes of a data source that the files in ``folder`` read, sorted."""
    name = re.escape(f"data.{address.type}.{address.name}")
    attribute = re.compile(rf"(?<![\w.-]){name}(?:\[[^\]]*\]|\.\*|\.\d+)?\.([a-z]\w*)")
    return sorted({found for file in read_folder(folder) for found in attribute.findall(file.text)})


def _guess(kind: str, name: str) -> Any:
    singular = kind.removesuffix("s")
    if name in ("id", "ids") and singular in _IDS:
        value = f"{_IDS[singular]}-0123456789abcdef0"
    else:
        value = by_name(name.removesuffix("s")) or by_name(name) or "example"
    plural = name == "ids" or name.endswith(("_ids", "_arns")) or name in ("arns", "names", "zone_ids")
    return {} if name.startswith("tags") else [value] if plural else value
