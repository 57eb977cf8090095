"""IAM permissions that a deployer needs, derived from the AWS calls of stories and checked with an IAM simulator."""

from __future__ import annotations

from modproof.permissions.needed import Needed, Permission, needed
from modproof.permissions.operations import operations
from modproof.permissions.policy import GLOBAL_SERVICES, general, in_any_folder, policies
from modproof.permissions.proof import Check, denied, superfluous
from modproof.permissions.resource_types import TypeActions, type_actions

__all__ = [
    "GLOBAL_SERVICES",
    "Check",
    "Needed",
    "Permission",
    "TypeActions",
    "denied",
    "general",
    "in_any_folder",
    "needed",
    "operations",
    "policies",
    "superfluous",
    "type_actions",
]
