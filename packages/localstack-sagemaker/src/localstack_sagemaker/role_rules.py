"""Where a missing permission of a role shows: at the call, or later as a status with a reason.

Words that AWS uses are recorded in the issues that the comments name. The decision in parentheses is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from . import errors
from .authorization import roles_in
from .call import Call
from .context_keys import request_keys
from .execution import (
    Access,
    Refusal,
    alarms,
    assumable,
    image,
    input_data,
    listing,
    network,
    offline_store,
    output_data,
    refusal,
    volume,
)
from .records import Failure, Record

__all__ = [
    "app",
    "assumed",
    "deployment",
    "feature_group",
    "inference_component",
    "mlflow",
    "model",
    "monitoring_execution",
    "not_assumable",
    "notebook",
    "pipeline_role",
    "pipeline_step",
    "processing_job",
    "training_job",
    "transform_job",
    "tuning_job",
]

_TRAINING_IMAGE, _TRAINING_DATA, _TRAINING_OUTPUT = 1, 2, 4
"""the number of stages of a training job before it fails: Starting; Downloading; Training, Uploading"""


def _require_trust(call: Call, role: str, source: str | None) -> None:
    """Reject a role that SageMaker may not assume.

    https://github.com/awslabs/predictive-maintenance-using-machine-learning/issues/3
    """
    if not assumable(call, role, source):
        raise not_assumable("", role)


def not_assumable(operation: str, role: str) -> Exception:
    """AWS's error for a role that it cannot assume, also because IAM has not propagated it yet."""
    if operation == "CreateModel":
        # https://github.com/bentoml/BentoML/issues/892
        return errors.validation(
            f'The execution role ARN "{role}" is invalid. Please ensure that the role exists and that its trust '
            'relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com".'
        )
    return errors.validation(
        f"Could not assume role {role}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role."
    )


def _require(call: Call, role: str, needed: Iterable[Access], what: str) -> None:
    found = refusal(call, role, needed)
    if found:
        raise errors.validation(f"{what} ({_decision(role, found)})")


def _decision(role: str, found: Refusal) -> str:
    return f"{role} is not authorized to perform: {found}"


def _vpc(call: Call, config: Mapping[str, Any] | None) -> Iterator[Access]:
    config = config or {}
    return network(call, config.get("Subnets") or [], config.get("SecurityGroupIds") or [])


def _require_resources(
    call: Call, role: str, vpc: Mapping[str, Any] | None, clusters: Iterable[Mapping[str, Any]]
) -> None:
    """Reject a job if its role may not use the VPC or the key of the volumes."""
    _require(call, role, _vpc(call, vpc), "The execution role does not have the permissions to connect to the VPC.")
    keys = dict.fromkeys(one.get("VolumeKmsKeyId") for one in clusters)
    for key in keys:
        _require(call, role, volume(call, key), f"The execution role may not use the volume's KMS key {key}.")


def _pull(call: Call, role: str, uri: str) -> str | None:
    found = refusal(call, role, image(call, uri))
    if not found:
        return None
    # https://github.com/aws/sagemaker-python-sdk/issues/2002
    return (
        f"The role '{role}' does not have BatchGetImage permission for the image: '{uri}'. ({_decision(role, found)})"
    )


def _read(call: Call, role: str, sources: Iterable[Mapping[str, Any]]) -> str | None:
    for source in sources:
        uri = source["S3Uri"]
        found = refusal(call, role, input_data(call, uri, prefix=source.get("S3DataType", "S3Prefix") == "S3Prefix"))
        if found:
            # https://github.com/aws/amazon-sagemaker-examples/issues/4384
            return (
                f"ClientError: Data download failed:Unable to download object {uri} "
                f"(AccessDenied: Access Denied) ({_decision(role, found)})"
            )
    return None


def _write(call: Call, role: str, uri: str, key: str | None, name: str) -> str | None:
    found = refusal(call, role, output_data(call, uri, key, name))
    # the beginning is recorded: https://github.com/aws/amazon-sagemaker-operator-for-k8s/pull/22
    return f"ClientError: Artifact upload failed:Access denied for {uri} ({_decision(role, found)})" if found else None


def _require_objects(call: Call, role: str, sources: Iterable[Mapping[str, Any]]) -> None:
    """Reject a prefix that the role may not list, as creating a training, tuning or transform job does.

    https://github.com/aws/amazon-sagemaker-examples/issues/2267 and, for transform jobs,
    https://github.com/aws/amazon-sagemaker-examples/issues/2270
    """
    for source in sources:
        uri = source["S3Uri"]
        if source.get("S3DataType", "S3Prefix") == "S3Prefix":
            bucket = uri.removeprefix("s3://").partition("/")[0]
            _require(
                call,
                role,
                listing(call, uri),
                f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
                f"exists in the selected region ({call.region}), that objects exist under that S3 prefix, and that the "
                f'role "{role}" has "s3:ListBucket" permissions on bucket "{bucket}".',
            )


def _s3_sources(channels: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    found = [(one.get("DataSource") or {}).get("S3DataSource") for one in channels]
    return [one for one in found if one]


def training_job(call: Call, record: Record) -> Failure | None:
    """The accesses of a training job: at the call its VPC and volumes, later image, channels and output."""
    attributes = record.attributes
    role = attributes["RoleArn"]
    _require_trust(call, role, record.arn)
    _require_resources(call, role, attributes.get("VpcConfig"), [attributes.get("ResourceConfig") or {}])
    _require_objects(call, role, _s3_sources(attributes.get("InputDataConfig") or []))
    return _training(call, role, attributes, record.name)


def _training(call: Call, role: str, definition: Mapping[str, Any], name: str) -> Failure | None:
    uri = definition["AlgorithmSpecification"].get("TrainingImage")
    output = definition["OutputDataConfig"]
    for stages, reason in (
        (_TRAINING_IMAGE, _pull(call, role, uri) if uri else None),
        (_TRAINING_DATA, _read(call, role, _s3_sources(definition.get("InputDataConfig") or []))),
        (
            _TRAINING_OUTPUT,
            _write(call, role, output["S3OutputPath"], output.get("KmsKeyId"), f"{name}/output/model.tar.gz"),
        ),
    ):
        if reason:
            return Failure(reason, stages)
    return None


def tuning_job(call: Call, record: Record) -> Failure | None:
    """The accesses of a tuning job are those of its training jobs."""
    single = record.attributes.get("TrainingJobDefinition")
    for one in [single] if single else record.attributes.get("TrainingJobDefinitions") or []:
        role = one["RoleArn"]
        _require_trust(call, role, record.arn)
        clusters = [one.get("ResourceConfig") or {}, one.get("HyperParameterTuningResourceConfig") or {}]
        _require_resources(call, role, one.get("VpcConfig"), clusters)
        _require_objects(call, role, _s3_sources(one.get("InputDataConfig") or []))
        found = _training(call, role, one, record.name)
        if found:
            record.private["failure"] = found
            return Failure(f"All training jobs failed: {found.reason}", 1)
    return None


def processing_job(call: Call, record: Record) -> Failure | None:
    """The accesses of a processing job."""
    attributes = record.attributes
    role = attributes["RoleArn"]
    _require_trust(call, role, record.arn)
    cluster = attributes["ProcessingResources"]["ClusterConfig"]
    _require_resources(call, role, (attributes.get("NetworkConfig") or {}).get("VpcConfig"), [cluster])
    reason = _pull(call, role, attributes["AppSpecification"]["ImageUri"])
    inputs = [one["S3Input"] for one in attributes.get("ProcessingInputs") or [] if one.get("S3Input")]
    reason = reason or _read(call, role, inputs)
    output = attributes.get("ProcessingOutputConfig") or {}
    for one in output.get("Outputs") or []:
        if one.get("S3Output"):
            reason = reason or _write(call, role, one["S3Output"]["S3Uri"], output.get("KmsKeyId"), "output")
    return Failure(reason, 1) if reason else None


def assumed(call: Call, record: Record) -> Failure | None:
    """Jobs without rules for their data: SageMaker must be able to assume the role."""
    role = record.attributes.get("RoleArn")
    if role:
        _require_trust(call, role, record.arn)
    return None


def mlflow(call: Call, record: Record) -> Failure | None:
    """SageMaker must be able to assume the role of an MLflow app or tracking server.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/mlflow_app.go and, for the
    words, https://github.com/astronomer/docs/pull/1695
    """
    if not assumable(call, record.attributes["RoleArn"], record.arn):
        raise errors.validation(
            "SageMaker is unable to perform: sts:AssumeRole on the role. Check if you have a trust relationship for "
            "'sagemaker.amazonaws.com' to assume the role."
        )
    return None


def feature_group(call: Call, record: Record) -> Failure | None:
    """The accesses of a feature group: its role, and the bucket and key of its offline store.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/feature_group.go and, for
    the actions, https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-adding-policies.html
    """
    role = record.attributes.get("RoleArn")
    if not role:
        return None
    if not assumable(call, role, record.arn):
        raise errors.validation("The execution role ARN is invalid.")
    storage = (record.attributes.get("OfflineStoreConfig") or {}).get("S3StorageConfig")
    if storage:
        _require(call, role, offline_store(call, storage["S3Uri"], storage.get("KmsKeyId")), "Invalid S3Uri provided.")
    return None


def inference_component(call: Call, record: Record) -> Failure | None:
    """Image and model data of a component, as the role of the endpoint's configuration."""
    endpoint = call.find("Endpoint", record.attributes["EndpointName"])
    config = call.find("EndpointConfig", endpoint.attributes["EndpointConfigName"]) if endpoint else None
    role = config.attributes.get("ExecutionRoleArn") if config else None
    if not role:
        return None
    specification = record.attributes["Specification"]
    hosted = call.find("Model", specification.get("ModelName") or "")
    container = specification.get("Container") or {}
    reason = _containers(call, role, hosted) if hosted else None
    if container.get("Image"):
        reason = reason or _pull(call, role, container["Image"])
    if container.get("ArtifactUrl"):
        reason = reason or _read(call, role, [{"S3Uri": container["ArtifactUrl"], "S3DataType": "S3Object"}])
    return Failure(reason, 1) if reason else None


def monitoring_execution(call: Call, job: Record, definition: Record, captured: str | None) -> str | None:
    """Why the role of a job definition cannot do an execution's job: read what is `captured`, and write its report."""
    attributes = definition.attributes
    type_ = definition.noun.removesuffix("JobDefinition")
    role = attributes["RoleArn"]
    if not assumable(call, role, job.arn):
        return f"SageMaker is unable to assume the role {role}"
    reason = _pull(call, role, attributes[f"{type_}AppSpecification"]["ImageUri"])
    reason = reason or _read(call, role, [{"S3Uri": captured}] if captured else [])
    output = attributes[f"{type_}JobOutputConfig"]
    for one in output["MonitoringOutputs"]:
        reason = reason or _write(call, role, one["S3Output"]["S3Uri"], output.get("KmsKeyId"), "statistics.json")
    cluster = attributes["JobResources"]["ClusterConfig"]
    for needed in (
        volume(call, cluster.get("VolumeKmsKeyId")),
        _vpc(call, (attributes.get("NetworkConfig") or {}).get("VpcConfig")),
    ):
        found = None if reason else refusal(call, role, needed)
        if found:
            reason = f"ClientError: {_decision(role, found)}"
    return reason


def transform_job(call: Call, record: Record) -> Failure | None:
    """The accesses of a transform job, as the role of its model."""
    attributes = record.attributes
    hosted = call.find("Model", attributes["ModelName"])
    role = hosted.attributes.get("ExecutionRoleArn") if hosted else None
    if hosted is None or not role:
        return None
    _require_trust(call, role, record.arn)
    _require_resources(call, role, None, [attributes["TransformResources"]])
    source = attributes["TransformInput"]["DataSource"]["S3DataSource"]
    _require_objects(call, role, [source])
    output = attributes["TransformOutput"]
    reason = (
        _containers(call, role, hosted)
        or _read(call, role, [source])
        or _write(call, role, output["S3OutputPath"], output.get("KmsKeyId"), "data.out")
    )
    return Failure(reason, 1) if reason else None


def model(call: Call, record: Record) -> Failure | None:
    """A model is checked at the call: its role, its VPC and its data."""
    role = record.attributes.get("ExecutionRoleArn")
    if not role:
        return None
    if not assumable(call, role, record.arn):
        raise not_assumable("CreateModel", role)
    _require_resources(call, role, record.attributes.get("VpcConfig"), [])
    for _, uri, prefix in _model_data(record):
        _require(
            call,
            role,
            input_data(call, uri, prefix=prefix),
            f'Could not access model data at {uri}. Please ensure that the role "{role}" exists and that its trust '
            'relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the object '
            f"is located in {call.region}.",
        )
    return None


def _model_data(record: Record) -> Iterator[tuple[str, str, bool]]:
    """The name of each container with data, the URI of the data, and whether that is a prefix."""
    for number, container in enumerate(record.private["containers"], 1):
        source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
        uri = source.get("S3Uri") or container.get("ModelDataUrl")
        if uri:
            yield container.get("ContainerHostname") or f"container_{number}", uri, uri.endswith("/")


def _containers(call: Call, role: str, hosted: Record) -> str | None:
    for container in hosted.private["containers"]:
        reason = _pull(call, role, container["Image"])
        if reason:
            return reason
    for name, uri, prefix in _model_data(hosted):
        found = refusal(call, role, input_data(call, uri, prefix=prefix))
        if found:
            # https://github.com/aws-samples/cvat-on-aws-china/issues/3
            return (
                f'Failed to download model data for container "{name}" from URL: "{uri}". Please ensure that there is '
                "an object located at the URL and that the role passed to CreateModel has permissions to download the "
                f"object. ({_decision(role, found)})"
            )
    return None


def deployment(call: Call, deployed: Mapping[str, Any]) -> str | None:
    """Why the instances of a deployment cannot start, or None."""
    config = call.find("EndpointConfig", deployed["config"])
    key = config.attributes.get("KmsKeyId") if config else None
    policy = (deployed.get("deployment") or {}).get("AutoRollbackConfiguration") or {}
    names = [one["AlarmName"] for one in policy.get("Alarms") or [] if one.get("AlarmName")]
    for variant in (*deployed["variants"], *deployed["shadows"]):
        hosted = call.find("Model", variant["ModelName"]) if variant.get("ModelName") else None
        role = hosted.attributes.get("ExecutionRoleArn") if hosted else None
        if hosted is None or not role:
            continue
        reason = _containers(call, role, hosted)
        if reason:
            return reason
        for needed, what in (
            (volume(call, key), f"The execution role may not use the volume's KMS key {key}."),
            (alarms(call, names), "The execution role may not describe the alarms of the deployment."),
        ):
            found = refusal(call, role, needed)
            if found:
                return f"{what} ({_decision(role, found)})"
    return None


def notebook(call: Call, record: Record) -> Failure | None:
    """A notebook instance needs its role and, in a VPC, a network interface.

    Notebook instances are not among the features that send source keys.
    """
    attributes = record.attributes
    role = attributes["RoleArn"]
    _require_trust(call, role, None)
    return None


def pipeline_role(call: Call, record: Record) -> str | None:
    """Why an execution cannot run as the role of its pipeline, or None."""
    role = record.private["role"]
    return None if assumable(call, role, record.arn) else f"SageMaker is unable to assume the role {role}"


def pipeline_step(call: Call, record: Record, noun: str, name: str, request: Mapping[str, Any]) -> None:
    """Reject a step whose resource the role of the pipeline may not create, or whose role it may not pass.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
    """
    role, operation, kind = record.private["role"], f"Create{noun}", call.kinds[noun]
    prefix = f"arn:{call.partition}:sagemaker:{call.region}:{call.account}:"
    arn = f"{prefix}{kind.arn.partition('/')[0]}/{name}".lower()
    needed = [Access(f"sagemaker:{operation}", arn, request_keys(operation, request, prefix))]
    passed = {"iam:passedtoservice": "sagemaker.amazonaws.com", "iam:associatedresourcearn": arn}
    needed += [Access("iam:PassRole", one, passed) for one in roles_in(request)]
    found = refusal(call, role, needed)
    if found:
        raise errors.failure("AccessDeniedException", _decision(role, found))


def app(call: Call, record: Record) -> Failure | None:
    """An app of Studio runs as the role of its user, or of the domain."""
    domain = call.find("Domain", record.attributes["DomainId"])
    user = call.find("UserProfile", (record.attributes["DomainId"], record.attributes.get("UserProfileName") or ""))
    own = (user.attributes.get("UserSettings") or {}).get("ExecutionRole") if user else None
    role = own or (domain.attributes["DefaultUserSettings"].get("ExecutionRole") if domain else None)
    if not role or assumable(call, role, record.arn):
        return None
    return Failure(f"SageMaker is unable to assume the role {role} (no statement of its trust policy allows it)", 1)
