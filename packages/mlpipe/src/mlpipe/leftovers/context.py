"""What the sources of one search share."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlpipe.aws import Account
from mlpipe.leftovers.model import Found
from mlpipe.pipeline import LeftoverSettings
from mlpipe.prices import Prices

__all__ = ["ENDPOINT_LOGS", "Context"]

ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"
"""the prefix of the log groups of endpoints, followed by the endpoint's name"""


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
    used_images: set[str] = field(default_factory=set)
    """images of kept models in the account's own ECR, as REPOSITORY:TAG or REPOSITORY@DIGEST"""
    used_artifacts: set[str] = field(default_factory=set)
    """S3 URLs of the artefacts of kept models"""
    kept_endpoints: set[str] = field(default_factory=set)
    space_owners: dict[tuple[str, str], str] = field(default_factory=dict)
    """user profiles by domain and space"""
    unsafe: dict[str, str] = field(default_factory=dict)
    """kinds that cannot be judged, and why"""

    @property
    def partition(self) -> str:
        """The partition of the caller, such as ``aws`` or ``aws-cn``."""
        return self.account.caller.split(":")[1]

    def arn(self, service: str, path: str) -> str:
        """An ARN in the account and region."""
        return f"arn:{self.partition}:{service}:{self.account.region}:{self.account.account_id}:{path}"

    def is_managed(self, arn: str) -> bool:
        """Whether a Terraform state has the ARN, or something below it if it is a prefix."""
        arn = arn.lower()
        return arn in self.managed or (arn.endswith("/") and any(one.startswith(arn) for one in self.managed))

    def is_used(self, found: Found) -> bool:
        """Whether something that is kept uses it."""
        name = found.name
        if found.kind == "endpoint-configuration":
            return name in self.used_configs
        if found.kind == "model":
            return name in self.used_models
        if found.kind == "log-group":
            return name.startswith(ENDPOINT_LOGS) and name.removeprefix(ENDPOINT_LOGS) in self.kept_endpoints
        if found.kind == "ecr-image":
            return not self.used_images.isdisjoint((name, *found.aliases))
        if found.kind == "s3-prefix":
            return any(url.startswith(name) or name.startswith(url) for url in self.used_artifacts)
        return False
