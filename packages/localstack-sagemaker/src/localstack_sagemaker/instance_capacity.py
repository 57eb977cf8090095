"""CPU cores, memory and accelerators of an instance, and how many copies of inference components fit on a fleet.

Sizes are those of https://aws.amazon.com/sagemaker/ai/pricing/. Types that are not listed there have no limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Capacity", "capacity_of", "has_local_storage", "place"]

_TYPE = re.compile(r"ml\.(?P<family>[a-z]+)(?P<generation>\d*)[a-z]*\.(?P<size>medium|large|\d*xlarge)")
_GIB_A_CORE = {"c": 2, "m": 4, "t": 4, "g": 4, "r": 8, "x": 16, "inf": 4, "trn": 4}
_FAMILY = re.compile(r"ml\.([a-z0-9-]+)\..+")
# https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html
_WITH_LOCAL_STORAGE = frozenset(
    {"dl1", "g5", "g6", "g6e", "g7", "g7e", "gr6", "p5", "p5e", "p5en", "trn1", "trn1n", "trn2"}
    | {"p6-b200", "p6-b300", "p6e-gb200"}
)
# https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
_LOCAL_STORAGE_NAME = re.compile(r"[a-z]+[0-9]+[a-z]*d[a-z]*")
_ACCELERATORS = {
    "ml.g4dn": {12: 4},
    "ml.g5": {12: 4, 24: 4, 48: 8},
    "ml.g6": {12: 4, 24: 4, 48: 8},
    "ml.g6e": {12: 4, 24: 4, 48: 8},
    "ml.p3": {8: 4, 16: 8},
    "ml.p4d": {24: 8},
    "ml.p4de": {24: 8},
    "ml.p5": {48: 8},
    "ml.p5e": {48: 8},
    "ml.p5en": {48: 8},
    "ml.inf2": {24: 6, 48: 12},
}


@dataclass(slots=True)
class Capacity:
    """What an instance has, or what a copy needs. Memory is in MiB."""

    cores: float
    memory: float
    accelerators: float

    def take(self, other: Capacity) -> bool:
        """Take what `other` needs, if it fits; return whether it did."""
        if other.cores > self.cores or other.memory > self.memory or other.accelerators > self.accelerators:
            return False
        self.cores -= other.cores
        self.memory -= other.memory
        self.accelerators -= other.accelerators
        return True


def has_local_storage(instance_type: str) -> bool:
    """Whether an instance type has instance store volumes, which hardware encrypts."""
    match = _FAMILY.fullmatch(instance_type)
    return match is not None and (match[1] in _WITH_LOCAL_STORAGE or bool(_LOCAL_STORAGE_NAME.fullmatch(match[1])))


def capacity_of(instance_type: str) -> Capacity | None:
    """The capacity of an instance type, or None if it is not known."""
    match = _TYPE.fullmatch(instance_type)
    if not match:
        return None
    size = match["size"]
    times = int(size.removesuffix("xlarge") or 1) if size.endswith("xlarge") else 0
    cores = 4 * times or {"medium": 1, "large": 2}[size]
    memory = _GIB_A_CORE.get(match["family"])
    several = _ACCELERATORS.get(instance_type.rpartition(".")[0])
    if memory is None and several is None:
        return None
    return Capacity(cores, (memory or 8) * cores * 1024, several.get(times, 1) if several is not None else 0)


def needs(requirements: Mapping[str, Any]) -> Capacity:
    """What a copy needs, from ComputeResourceRequirements."""
    return Capacity(
        requirements.get("NumberOfCpuCoresRequired") or 0,
        requirements.get("MinMemoryRequiredInMb") or 0,
        requirements.get("NumberOfAcceleratorDevicesRequired") or 0,
    )


def place(instance_type: str, instances: int, wanted: Iterable[tuple[Mapping[str, Any], int]]) -> tuple[list[int], int]:
    """Place copies on a fleet, first fit.

    `wanted` are ComputeResourceRequirements and numbers of copies. Returns how many copies of each fit, and how many
    instances they use.
    """
    whole = capacity_of(instance_type)
    free: list[Capacity] = []
    placed = []
    for requirements, copies in wanted:
        one, count = needs(requirements), 0
        for _ in range(copies):
            if whole is None or any(instance.take(one) for instance in free):
                count += 1
            elif len(free) < instances:
                free.append(Capacity(whole.cores, whole.memory, whole.accelerators))
                if not free[-1].take(one):
                    free.pop()
                    break
                count += 1
            else:
                break
        placed.append(count)
    return placed, len(free) if whole else min(1, sum(placed))
