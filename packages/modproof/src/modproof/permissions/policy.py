"""IAM policies with given permissions, and no others."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from posixpath import dirname
from typing import Any

from modproof.permissions.needed import Permission

__all__ = ["GLOBAL_SERVICES", "MOST_CHARACTERS", "general", "in_any_folder", "policies"]

MOST_CHARACTERS = 6144
"""Of a managed policy, without white space. Source:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
GLOBAL_SERVICES = frozenset({"budgets", "cloudfront", "iam", "organizations", "route53", "s3", "sts"})
"""Their requests are made in us-east-1, or have ARNs without a region, whatever region the deployer works in."""
_OBJECT = re.compile(r"(?P<bucket>arn:[\w-]+:s3:::[^/]+)/(?P<folder>.+)/(?P<name>[^/]+)")
# IDs that AWS generates: a UUID, vpc-0a1b2c3d, d-abcdefghijkl and a long one
_ID = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32}|(?<![\w-])[a-z]{1,10}-[0-9a-f]{17}(?![\w-])"
    r"|(?<=/)d-[0-9a-z]{12}\b|(?<![\w-])(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{24,}(?![\w-])"
)
_SUFFIX = re.compile(r"(?<![\w-])[a-z]{1,10}-[0-9a-f]{8,17}(?![\w-])|(?<=-)(?=[0-9a-f]*\d)[0-9a-f]{6,}\b")
"""A short ID, or the number or hash at the end of a name."""
_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_TYPE = re.compile(r"([a-z-]+)([/:])(.+)")
"""``model/demo`` or ``log-group:/demo``, after the account in an ARN."""


def general(
    arn: str, inputs: Mapping[str, str], account: str, region: str, chosen: Collection[str] = frozenset()
) -> str:
    """The pattern of ``arn``: values of ``inputs`` become ``${name}``, what AWS generates and ``chosen`` become ``*``.

    ``chosen`` are names that a caller is free to choose. The type of the resource stays, even if it is one of them.
    """
    if arn == "*":
        return arn
    *head, account_field, rest = arn.split(":", 5)
    named = {**{value: name for name, value in inputs.items()}, region: "region"}
    head[3] = _reference(head[3], named)
    account_field = "${account_id}" if account_field == account else _reference(account_field, named)
    # an input may have the prefix of an ID as its value
    rest = _ID.sub("*", rest).replace(account, "${account_id}")
    for name, value in sorted([*inputs.items(), ("region", region)], key=lambda item: -len(item[1])):
        rest = _replaced(rest, value, "${" + name + "}")
    typed = _TYPE.fullmatch(rest)
    type_, separator, own = typed.groups() if typed else ("", "", rest)
    for text in sorted(chosen, key=len, reverse=True):
        own = _replaced(own, text, "*")
    return ":".join([*head, account_field, type_ + separator + _SUFFIX.sub("*", own)])


def in_any_folder(permissions: Iterable[Permission]) -> list[Permission]:
    """``permissions`` with one pattern for S3 objects of the same name in folders next to each other, such as states.

    Folders elsewhere are not covered: the state of a deployer may be there.
    """
    every = list(permissions)
    found = [_OBJECT.fullmatch(each.resource) for each in every]
    folders: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for match in filter(None, found):
        folders[_siblings(match)].add(match["folder"])
    return [
        replace(each, resource=_pattern(match)) if match and len(folders[_siblings(match)]) > 1 else each
        for each, match in zip(every, found, strict=True)
    ]


def _siblings(match: re.Match[str]) -> tuple[str, str, str]:
    return match["bucket"], dirname(match["folder"]), match["name"]


def _pattern(match: re.Match[str]) -> str:
    return "/".join(filter(None, (match["bucket"], dirname(match["folder"]), "*", match["name"])))


def _reference(value: str, named: Mapping[str, str]) -> str:
    return "${" + named[value] + "}" if value in named else value


def _replaced(text: str, word: str, other: str) -> str:
    return re.sub(rf"(?<![\w${{]){re.escape(word)}(?![\w}}])", lambda _: other, text)


def policies(permissions: Iterable[Permission], values: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Policy documents, each within AWS's limit: a statement per service and set of resources, several if it is long.

    A permission for all resources (``*``) of a regional service is limited to its region. ``values`` are those of
    placeholders: policies are within the limit with them too.
    """
    known = values or {}
    documents: list[list[dict[str, Any]]] = [[]]
    for whole in _statements(permissions):
        for statement in _divided(whole, known):
            if _length([*documents[-1], statement], known) > MOST_CHARACTERS and documents[-1]:
                documents.append([])
            documents[-1].append(statement)
    return [_document(each) for each in documents if each]


def _divided(statement: dict[str, Any], known: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """``statement`` as statements that each fit into a policy. One action on one resource always does."""
    key = next((key for key in ("Resource", "Action") if len(statement[key]) > 1), None)
    if key is None or _length([statement], known) <= MOST_CHARACTERS:
        yield statement
        return
    middle = len(statement[key]) // 2
    for half in (statement[key][:middle], statement[key][middle:]):
        yield from _divided({**statement, key: half}, known)


def _statements(permissions: Iterable[Permission]) -> list[dict[str, Any]]:
    resources: dict[tuple[str, str], set[str]] = defaultdict(set)
    regions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in permissions:
        resources[(each.action, each.passed_to)].add(each.resource)
        if each.resource == "*" and each.action.partition(":")[0] not in GLOBAL_SERVICES:
            regions[(each.action, each.passed_to)].add(each.region)
    grouped: dict[tuple[str, str, frozenset[str], frozenset[str]], list[str]] = defaultdict(list)
    for (action, passed_to), arns in resources.items():
        limits = frozenset(regions[(action, passed_to)])
        grouped[(action.partition(":")[0], passed_to, frozenset(arns), limits)].append(action)
    statements: list[dict[str, Any]] = []
    for (_, passed_to, of_group, limits), actions in sorted(grouped.items(), key=lambda item: sorted(item[1])):
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": _without_covered(of_group),
        }
        if passed_to:
            statement["Condition"] = {"StringEquals": {"iam:PassedToService": passed_to}}
        elif limits:
            statement["Condition"] = {"StringEquals": {"aws:RequestedRegion": sorted(limits)}}
        statements.append(statement)
    return statements


def _without_covered(arns: Iterable[str]) -> list[str]:
    """``arns`` without those that a pattern among them matches."""
    sorted_arns = sorted(arns)
    return [arn for arn in sorted_arns if not any(_matches(other, arn) for other in sorted_arns if other != arn)]


def _matches(pattern: str, arn: str) -> bool:
    return "*" in pattern and re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), arn) is not None


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _length(statements: list[dict[str, Any]], known: Mapping[str, str]) -> int:
    text = json.dumps(_document(statements), separators=(",", ":"))
    return len(_PLACEHOLDER.sub(lambda found: max(found[0], known.get(found[1], ""), key=len), text))
