"""What a recipe is: how to create one kind of resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["IMAGE", "ROLE", "Made", "Recipe"]

Made = dict[str, Any]
"""Request and response of the create operation, merged"""

ROLE = "arn:aws:iam::123456789012:role/example"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/example:1"


@dataclass(frozen=True)
class Recipe:
    """`needs` are kinds to create first; `change` is an update that Describe must return."""

    needs: tuple[str, ...] = ()
    members: dict[str, Any] = field(default_factory=dict)
    """request members beyond the minimum"""
    request: Callable[[Mapping[str, Made]], dict[str, Any]] = lambda _: {}
    """the same, for members that refer to resources created first"""
    change: dict[str, Any] = field(default_factory=dict)
    created_by: str = ""
    """the create operation, if it is not CreateNOUN"""
    implied: dict[str, Any] = field(default_factory=dict)
    """key members that are in neither request nor response"""
    single: bool = False
    """an account can have only one"""
