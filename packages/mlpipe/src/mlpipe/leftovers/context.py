"""What the sources of one search share."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlpipe.aws import Account
from mlpipe.pipeline import LeftoverSettings
from mlpipe.prices import Prices

__all__ = ["Context"]


@dataclass
class Context:
    """The account, the settings, and what is in use by something that is kept."""

    account: Account
    prices: Prices
    settings: LeftoverSettings
    managed: frozenset[str]
    """lower-case ARNs in Terraform states"""
    used_configs: set[str] = field(default_factory=set)
    """endpoint configurations of kept endpoints"""
    used_models: set[str] = field(default_factory=set)
    """models of kept endpoint configurations"""
    kept_endpoints: set[str] = field(default_factory=set)
    domains: set[str] | None = None
    """IDs of Studio domains; None if they could not be listed"""
    unsafe: dict[str, str] = field(default_factory=dict)
    """kinds that cannot be judged, and why"""

    def arn(self, service: str, path: str) -> str:
        """An ARN in the account and region, in the partition of the caller."""
        partition = self.account.caller.split(":")[1]
        return f"arn:{partition}:{service}:{self.account.region}:{self.account.account_id}:{path}"

    def is_managed(self, arn: str) -> bool:
        """Whether a Terraform state has the ARN."""
        return arn.lower() in self.managed
