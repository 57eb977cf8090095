"""SageMaker's own resources, driven by one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import botocore

from mlpipe.aws import AWS_ERRORS, Changes, is_missing
from mlpipe.leftovers.context import Context
from mlpipe.leftovers.model import Found
from mlpipe.leftovers.sources import NotRemoved, tags_of_pairs
from mlpipe.prices import Cost

__all__ = ["SOURCES", "SageMakerSource"]

CostOf = Callable[[Context, Mapping[str, Any]], Cost]

_BUSY = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting", "Stopping", "Pending"}


@dataclass(frozen=True, kw_only=True)
class SageMakerSource:
    """One kind of SageMaker resource. Calls have SageMaker's regular names: List…s, Describe…, Stop…, Delete…."""

    kind: str
    noun: str
    items: str
    keys: tuple[str, ...]
    """members of the summary that the delete call takes"""
    operation: str
    """the noun of boto3's methods"""
    status: str = ""
    arn: str = ""
    """the member with the ARN; empty if the summary has none"""
    running: frozenset[str] = frozenset()
    """statuses in which it must be stopped first"""
    cost: CostOf | None = None
    """reads the cost of one, with its Describe response"""
    costs_in: frozenset[str] = frozenset()
    """statuses in which it costs something"""

    @property
    def create_event(self) -> str:
        """The CloudTrail event of the creation."""
        return f"Create{self.noun}"

    def find(self, context: Context) -> Iterator[Found]:
        """Yield the summaries of all pages."""
        client = context.account.client("sagemaker")
        if self.kind == "app":
            context.space_owners = _space_owners(context)
        for page in client.get_paginator(f"list_{self.operation}s").paginate():
            for summary in page[self.items]:
                if summary.get(self.status) != "Deleted":
                    yield self._found(context, summary)

    def _found(self, context: Context, summary: Mapping[str, Any]) -> Found:
        status = str(summary.get(self.status, ""))
        key = {name: summary[name] for name in self.keys if summary.get(name)}
        name = "/".join(key.values())
        arn = summary[self.arn] if self.arn else _studio_arn(context, self.kind, key)
        return Found(
            kind=self.kind,
            name=name,
            arn=arn,
            status=status,
            created=summary.get("CreationTime"),
            running=status in self.running,
            key=key,
            owner=summary.get("UserProfileName") or _owner(context, summary),
            stays=self._stays(context, summary, status),
            permanent=self._permanent(context) and status not in self.costs_in,
            billed=status in self.costs_in or _has_warm_pool(summary),
        )

    @property
    def _no_call(self) -> str:
        return f"AWS has no Delete{self.noun}"

    def _permanent(self, context: Context) -> bool:
        return self.kind == "transform-job" and not hasattr(
            context.account.client("sagemaker"), f"delete_{self.operation}"
        )

    def _stays(self, context: Context, summary: Mapping[str, Any], status: str) -> str:
        if self._permanent(context):
            stays = f"{self._no_call}: the record stays, and costs nothing"
            return "" if status in self.running else stays
        if not hasattr(context.account.client("sagemaker"), f"delete_{self.operation}"):
            return f"boto3 for botocore {botocore.__version__} has no Delete{self.noun}: update boto3"
        if _has_warm_pool(summary):
            return "its managed warm pool is available; it can be deleted when the keep-alive period ends"
        if status in _BUSY:
            return f"it is {status}; run again when that has ended"
        return ""

    def tags(self, context: Context, found: Found) -> Mapping[str, str]:
        """Read all pages of the tags."""
        client = context.account.client("sagemaker")
        tags: dict[str, str] = {}
        for page in client.get_paginator("list_tags").paginate(ResourceArn=found.arn):
            tags |= tags_of_pairs(page["Tags"])
        return tags

    def details(self, context: Context, found: Found) -> Found:
        """Add the cost of what runs, or of a warm pool."""
        if self.cost is None or not found.billed:
            return found
        return replace(found, cost=self.cost(context, self._describe(context, found)))

    def _describe(self, context: Context, found: Found) -> Mapping[str, Any]:
        described: Mapping[str, Any] = getattr(context.account.client("sagemaker"), f"describe_{self.operation}")(
            **found.key
        )
        return described

    def keep(self, context: Context, found: Found) -> None:
        """Note what a kept endpoint, configuration or model uses, which is then kept too."""
        if self.kind == "endpoint":
            context.kept_endpoints.add(found.name)
            described = self._describe(context, found)
            pending = described.get("PendingDeploymentSummary") or {}
            configs = {described["EndpointConfigName"], pending.get("EndpointConfigName")} - {None}
            context.used_configs |= configs
        elif self.kind == "endpoint-configuration":
            context.used_models |= {
                one["ModelName"] for one in _variants(self._describe(context, found)) if "ModelName" in one
            }
        elif self.kind == "model":
            for container in _containers(context, self._describe(context, found)):
                _note_container(context, container)

    def stop(self, context: Context, changes: Changes, found: Found) -> None:
        """Stop a job or a notebook instance."""
        if found.running:
            changes.call(context.account, "sagemaker", f"stop_{self.operation}", **found.key)

    def stopped(self, context: Context, found: Found) -> bool:
        """Whether the status is no longer a running one."""
        status = self._status(context, found)
        return status not in self.running | {"Stopping"}

    def remove(self, context: Context, changes: Changes, found: Found) -> None:
        """Delete it. Raises NotRemoved if AWS has no call for it."""
        if self._permanent(context):
            raise NotRemoved(f"{self._no_call}: it is stopped, and the record costs nothing", permanent=True)
        changes.call(context.account, "sagemaker", f"delete_{self.operation}", **found.key)

    def gone(self, context: Context, found: Found) -> bool:
        """Whether Describe no longer finds it."""
        return self._status(context, found) in ("", "Deleted")

    def _status(self, context: Context, found: Found) -> str:
        try:
            described = self._describe(context, found)
        except AWS_ERRORS as error:
            if is_missing(error):
                return ""
            raise
        return str(described.get(self.status, "present")) if self.status else "present"


def _has_warm_pool(summary: Mapping[str, Any]) -> bool:
    """Whether instances of an ended training job wait for the next one, and cost as much as a running job."""
    return (summary.get("WarmPoolStatus") or {}).get("Status") == "Available"


def _studio_arn(context: Context, kind: str, key: Mapping[str, str]) -> str:
    """The ARN of an app or a space, which summaries do not contain."""
    if kind == "space":
        return context.arn("sagemaker", f"space/{key['DomainId']}/{key['SpaceName']}")
    owner = key.get("UserProfileName") or key.get("SpaceName", "")
    return context.arn("sagemaker", f"app/{key['DomainId']}/{owner}/{key['AppType']}/{key['AppName']}")


def _owner(context: Context, summary: Mapping[str, Any]) -> str:
    """The user profile that owns a space, or the space of an app."""
    settings = summary.get("OwnershipSettingsSummary") or {}
    space = (summary.get("DomainId", ""), summary.get("SpaceName", ""))
    return str(settings.get("OwnerUserProfileName") or context.space_owners.get(space, ""))


def _space_owners(context: Context) -> dict[tuple[str, str], str]:
    """The owners of all spaces; empty if they cannot be listed, which the source of spaces reports."""
    try:
        pages = context.account.client("sagemaker").get_paginator("list_spaces").paginate()
        spaces = [space for page in pages for space in page["Spaces"]]
    except AWS_ERRORS:
        return {}
    return {(one["DomainId"], one["SpaceName"]): _owner(context, one) for one in spaces}


def _variants(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*config.get("ProductionVariants", ()), *config.get("ShadowProductionVariants", ())]


def _containers(context: Context, model: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The containers of a model, and those of its versions in the account. Other accounts have their own buckets."""
    for container in (model.get("PrimaryContainer") or {}, *model.get("Containers", ())):
        yield container
        version = container.get("ModelPackageName", "")
        if version and context.account.account_id in version.split(":"):
            try:
                package = context.account.client("sagemaker").describe_model_package(ModelPackageName=version)
            except AWS_ERRORS as error:
                if is_missing(error):  # a version may be deleted before its models
                    continue
                raise
            yield from (package.get("InferenceSpecification") or {}).get("Containers", ())


def _note_container(context: Context, container: Mapping[str, Any]) -> None:
    source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
    context.used_artifacts |= {url for url in (container.get("ModelDataUrl"), source.get("S3Uri")) if url}
    host, _, image = container.get("Image", "").partition("/")
    if host.startswith(f"{context.account.account_id}.dkr.ecr.{context.account.region}."):
        tagged, _, digest = image.partition("@")
        repository, _, tag = tagged.partition(":")
        digest = digest or container.get("ImageDigest", "")
        context.used_images |= {f"{repository}:{tag or 'latest'}", f"{repository}@{digest}"}


def _training(context: Context, job: Mapping[str, Any]) -> Cost:
    resources = job.get("ResourceConfig") or {}
    groups = resources.get("InstanceGroups") or [resources]
    cost = Cost()
    for group in groups:
        cost = cost.plus(context.prices.instances(group.get("InstanceType", ""), group.get("InstanceCount", 1)))
    return cost


def _processing(context: Context, job: Mapping[str, Any]) -> Cost:
    cluster = job["ProcessingResources"]["ClusterConfig"]
    return context.prices.instances(cluster["InstanceType"], cluster["InstanceCount"])


def _transform(context: Context, job: Mapping[str, Any]) -> Cost:
    resources = job["TransformResources"]
    return context.prices.instances(resources["InstanceType"], resources["InstanceCount"])


def _endpoint(context: Context, endpoint: Mapping[str, Any]) -> Cost:
    client = context.account.client("sagemaker")
    config = client.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    live = [*endpoint.get("ProductionVariants", ()), *endpoint.get("ShadowProductionVariants", ())]
    counts = {one["VariantName"]: one.get("CurrentInstanceCount", 1) for one in live}
    cost = Cost()
    for variant in _variants(config):
        if "InstanceType" in variant:  # serverless variants cost nothing while idle
            count = counts.get(variant["VariantName"], variant.get("InitialInstanceCount", 1))
            cost = cost.plus(context.prices.instances(variant["InstanceType"], count))
        elif (variant.get("ServerlessConfig") or {}).get("ProvisionedConcurrency"):
            cost = cost.plus(Cost(None))
    return cost


def _notebook(context: Context, notebook: Mapping[str, Any]) -> Cost:
    volume = context.prices.storage("volume", gigabytes=notebook.get("VolumeSizeInGB", 5))
    if notebook["NotebookInstanceStatus"] != "InService":
        return volume
    return volume.plus(context.prices.instances(notebook["InstanceType"]))


def _app(context: Context, app: Mapping[str, Any]) -> Cost:
    return context.prices.instances((app.get("ResourceSpec") or {}).get("InstanceType", "system"))


def _space(context: Context, space: Mapping[str, Any]) -> Cost:
    storage = ((space.get("SpaceSettings") or {}).get("SpaceStorageSettings") or {}).get("EbsStorageSettings") or {}
    return context.prices.storage("volume", gigabytes=storage.get("EbsVolumeSizeInGb", 0))


def _job(kind: str, noun: str, operation: str, cost: CostOf | None) -> SageMakerSource:
    running = frozenset({"InProgress"})
    return SageMakerSource(
        kind=kind,
        noun=noun,
        items=f"{noun}Summaries",
        keys=(f"{noun}Name",),
        arn=f"{noun}Arn",
        status=f"{noun}Status",
        operation=operation,
        running=running,
        cost=cost,
        costs_in=running | {"Stopping"},
    )


# in the order in which they are removed: a tuning job starts training jobs, an endpoint uses a configuration and models
SOURCES = (
    _job("tuning-job", "HyperParameterTuningJob", "hyper_parameter_tuning_job", None),
    _job("training-job", "TrainingJob", "training_job", _training),
    _job("processing-job", "ProcessingJob", "processing_job", _processing),
    _job("transform-job", "TransformJob", "transform_job", _transform),
    SageMakerSource(
        kind="endpoint",
        noun="Endpoint",
        items="Endpoints",
        keys=("EndpointName",),
        arn="EndpointArn",
        status="EndpointStatus",
        operation="endpoint",
        cost=_endpoint,
        costs_in=frozenset({"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}),
    ),
    SageMakerSource(
        kind="endpoint-configuration",
        noun="EndpointConfig",
        items="EndpointConfigs",
        keys=("EndpointConfigName",),
        arn="EndpointConfigArn",
        operation="endpoint_config",
    ),
    SageMakerSource(kind="model", noun="Model", items="Models", keys=("ModelName",), arn="ModelArn", operation="model"),
    SageMakerSource(
        kind="notebook",
        noun="NotebookInstance",
        items="NotebookInstances",
        keys=("NotebookInstanceName",),
        arn="NotebookInstanceArn",
        status="NotebookInstanceStatus",
        operation="notebook_instance",
        running=frozenset({"InService"}),
        cost=_notebook,
        costs_in=frozenset({"InService", "Stopped", "Failed", "Stopping", "Pending", "Updating"}),
    ),
    SageMakerSource(
        kind="app",
        noun="App",
        items="Apps",
        keys=("DomainId", "UserProfileName", "SpaceName", "AppType", "AppName"),
        status="Status",
        operation="app",
        cost=_app,
        costs_in=frozenset({"InService", "Pending"}),
    ),
    SageMakerSource(
        kind="space",
        noun="Space",
        items="Spaces",
        keys=("DomainId", "SpaceName"),
        status="Status",
        operation="space",
        cost=_space,
        costs_in=frozenset({"InService", "Failed", "Update_Failed", "Delete_Failed"}),
    ),
)
