"""What AWS returns for data sources that every account can read: the caller, regions and availability zones.

The values are those of an account that has enabled no optional region. Sources:

- regions: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
- zones: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
- responses: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html and
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from xml.sax.saxutils import escape

from modproof.core.environment import NO_ACCOUNT

__all__ = ["plain_answer"]

Parameters = Mapping[str, str]
"""The parameters of a Query request, such as ``Filter.1.Name``."""
Item = dict[str, str]

_OPEN = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
)
_OPTIONAL = (
    *("af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7"),
    *("ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1"),
    "mx-central-1",
)
_OF_PARTITION = {"cn": ("cn-north-1", "cn-northwest-1"), "us-gov": ("us-gov-east-1", "us-gov-west-1")}
_ZONES = {
    "us-east-1": "abcdef",
    "us-west-1": "ac",
    "us-west-2": "abcd",
    "ca-central-1": "abd",
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
}
"""The zones of a region that has not the three zones a, b and c."""
_DIRECTIONS = ("north", "south", "east", "west", "central")
_CANONICAL_ID = NO_ACCOUNT.rjust(64, "0")


def plain_answer(call: str, region: str, parameters: Parameters) -> str | None:
    """The XML response to ``call`` (``ec2.DescribeRegions``) in ``region``; None if the account decides it."""
    answer = _ANSWERS.get(call)
    return None if answer is None else answer(region, parameters)


def _identity(region: str, _: Parameters) -> str:
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>arn:{partition}:iam::{NO_ACCOUNT}:user/plan</Arn><UserId>PLAN</UserId><Account>{NO_ACCOUNT}</Account>"
        "</GetCallerIdentityResult><ResponseMetadata><RequestId>plan</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    )


def _no_buckets(_region: str, _: Parameters) -> str:
    return (
        '<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Owner><ID>{_CANONICAL_ID}</ID><DisplayName>plan</DisplayName></Owner><Buckets/></ListAllMyBucketsResult>"
    )


def _regions(region: str, parameters: Parameters) -> str | None:
    partition = next((names for prefix, names in _OF_PARTITION.items() if region.startswith(f"{prefix}-")), None)
    optional = _OPTIONAL if partition is None and parameters.get("AllRegions") == "true" else ()
    items = [
        {"regionName": name, "regionEndpoint": f"ec2.{name}.amazonaws.com", "optInStatus": status}
        for names, status in ((partition or _OPEN, "opt-in-not-required"), (optional, "not-opted-in"))
        for name in names
    ]
    fields = {"region-name": "regionName", "endpoint": "regionEndpoint", "opt-in-status": "optInStatus"}
    chosen = _filtered(_listed(items, parameters, "RegionName", "regionName"), parameters, fields)
    return _ec2("DescribeRegions", "regionInfo", chosen)


def _zones(region: str, parameters: Parameters) -> str | None:
    items = [
        {
            "zoneName": f"{region}{letter}",
            "zoneId": f"{_short(region)}-az{'abcdef'.index(letter) + 1}",
            "zoneState": "available",
            "regionName": region,
            "groupName": region,
            "networkBorderGroup": region,
            "optInStatus": "opt-in-not-required",
            "zoneType": "availability-zone",
        }
        for letter in _ZONES.get(region, "abc")
    ]
    fields = {
        "state": "zoneState",
        "region-name": "regionName",
        "group-name": "groupName",
        "opt-in-status": "optInStatus",
        "zone-id": "zoneId",
        "zone-name": "zoneName",
        "zone-type": "zoneType",
    }
    named = _listed(_listed(items, parameters, "ZoneName", "zoneName"), parameters, "ZoneId", "zoneId")
    return _ec2("DescribeAvailabilityZones", "availabilityZoneInfo", _filtered(named, parameters, fields))


def _short(region: str) -> str:
    """The name of a region in zone ids: ``euw1`` for eu-west-1, ``apse2`` for ap-southeast-2."""
    *area, direction, number = region.split("-")
    letters = "".join(name[0] for name in sorted(_DIRECTIONS, key=direction.find) if name in direction)
    return f"{area[0]}{''.join(part[0] for part in area[1:])}{letters}{number}"


def _listed(items: Iterable[Item], parameters: Parameters, name: str, field: str) -> list[Item]:
    """The ``items`` that a list parameter such as ``ZoneName.1`` names; all of them without it."""
    wanted = [value for key, value in parameters.items() if key.startswith(f"{name}.")]
    return [item for item in items if not wanted or item[field] in wanted]


def _filtered(items: Iterable[Item], parameters: Parameters, fields: Mapping[str, str]) -> list[Item] | None:
    """The ``items`` that meet every filter; None if a filter is not one of ``fields``."""
    chosen = list(items)
    for key, name in parameters.items():
        if not (key.startswith("Filter.") and key.endswith(".Name")):
            continue
        if name not in fields:
            return None
        prefix = f"{key.removesuffix('Name')}Value."
        patterns = [value for other, value in parameters.items() if other.startswith(prefix)]
        chosen = [item for item in chosen if any(fnmatchcase(item[fields[name]], pattern) for pattern in patterns)]
    return chosen


def _ec2(operation: str, wrapper: str, items: Iterable[Item] | None) -> str | None:
    if items is None:
        return None
    written = "".join(
        f"<item>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in item.items())}</item>" for item in items
    )
    return (
        f'<{operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>plan</requestId>'
        f"<{wrapper}>{written}</{wrapper}></{operation}Response>"
    )


_ANSWERS: dict[str, Callable[[str, Parameters], str | None]] = {
    "sts.GetCallerIdentity": _identity,
    "ec2.DescribeAvailabilityZones": _zones,
    "ec2.DescribeRegions": _regions,
    "s3 GET /": _no_buckets,
}
