"""Generates ERRORS.md: every error text and where its words are from. `python -m localstack_sagemaker.error_texts`.

`--check FILE` exits with 1 if the file is out of date, `--write FILE` writes it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .generated_pages import print_check_or_write
from .kinds import KINDS

__all__ = ["SOURCES", "Text", "page", "texts"]

_COMMAND = "python -m localstack_sagemaker.error_texts --write ERRORS.md"
_ROOT = Path(__file__).parent
_FUNCTIONS = {
    "validation": "ValidationException",
    "in_use": "ResourceInUse",
    "not_found": "ResourceNotFound",
    "conflict": "ConflictException",
    "serialization": "SerializationException",
}
"""the functions of `errors`; a file may have more"""
_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"
_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg"
_PROVIDER = "https://github.com/hashicorp/terraform-provider-aws"
_REGISTRY = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs"
_FIND = f"{_PROVIDER}/blob/main/internal/service/sagemaker/find.go"
_EXAMPLES = "https://github.com/aws/amazon-sagemaker-examples"

SOURCES: dict[str, str] = {
    "(s) are associated with it.": "https://github.com/aws/amazon-sagemaker-feedback/issues/113",
    "Training job names must be unique": f"{_EXAMPLES}/pull/3108",
    "with name ({name}) already exists.": "https://github.com/aws/deep-learning-containers/pull/155",
    "can't find a FeatureGroup with name": "https://github.com/aws/sagemaker-python-sdk/issues/2606",
    "Missing ARN.": "https://github.com/getmoto/moto/pull/7165",
    "Both ModelPackageName and ModelPackageGroupName": "https://github.com/getmoto/moto/pull/7165",
    "Unable to transition to": f"{_EXAMPLES}/issues/1094",
    "the budget already exists": "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/365",
    "Unable to get budget: ": "https://github.com/awslabs/scale-out-computing-on-aws",
    "Could not assume role": "https://github.com/awslabs/predictive-maintenance-using-machine-learning/issues/3",
    "does not have BatchGetImage permission": "https://github.com/aws/sagemaker-python-sdk/issues/2002",
    "Failed to download model data": "https://github.com/aws-samples/cvat-on-aws-china/issues/3",
    "Data download failed:": f"{_EXAMPLES}/issues/4384",
    "Artifact upload failed:": "https://github.com/aws/amazon-sagemaker-operator-for-k8s/pull/22",
    "The execution role ARN is invalid.": f"{_PROVIDER}/blob/main/internal/service/sagemaker/feature_group.go",
    "Invalid S3Uri provided": f"{_PROVIDER}/blob/main/internal/service/sagemaker/feature_group.go",
    "No S3 objects found under S3 URL": f"{_EXAMPLES}/issues/2267",
    "SageMaker is unable to perform: sts:AssumeRole": "https://github.com/astronomer/docs/pull/1695",
    "The execution role ARN": "https://github.com/bentoml/BentoML/issues/892",
    "Monitoring schedule in status Pending": f"{_EXAMPLES}/issues/2342",
    "ARN should be scoped to correct region": f"{_EXAMPLES}/issues/1438",
    "Could not find endpoint configuration": f"{_PROVIDER}/issues/48997",
    "Could not find endpoint ": _FIND,
    "Could not find model ": f"{_PROVIDER}/issues/40048",
    "with InService App. Delete all InService apps": f"{_PROVIDER}/issues/31912",
    "can be specified at a time.": f"{_API}/API_UpdateFeatureGroup.html",
    "cannot be updated: it still has work teams": f"{_API}/API_UpdateWorkforce.html",
    "RecordNotFound": _FIND,
    "Cannot find Model Package Group": _FIND,
    "Cannot find resource policy": _FIND,
    "No devicefleet with name": _FIND,
    "No device with name": _FIND,
    "No workforce found": _FIND,
    "The work team": _FIND,
    "Project {name} does not exist": _FIND,
    "of account {…} not found": f"{_EXAMPLES}/issues/293",
    "must be deregistered as scalable targets": f"{_GUIDE}/endpoint-scaling-update.html",
    "RollingUpdatePolicy is not supported": f"{_API}/API_RollingUpdatePolicy.html",
    "of the total instance count of variant": f"{_API}/API_TrafficRoutingConfig.html",
    "Tags cannot be specified for a versioned": f"{_API}/API_CreateModelPackage.html",
    "only an Approved model package": f"{_API}/API_CreateModelPackage.html",
    "RepositoryAccessMode is Vpc": f"{_GUIDE}/your-algorithms-containers-inference-private.html",
    "ModelDataSource": f"{_API}/API_ContainerDefinition.html",
    "when Mode is MultiModel": f"{_GUIDE}/create-multi-model-endpoint.html",
    "Serverless endpoints do not support": f"{_GUIDE}/serverless-endpoints.html",
    "which shared spaces need": f"{_GUIDE}/domain-space-create.html",
    "needs a ContainerHostname if one": f"{_API}/API_ContainerDefinition.html",
    "which has local storage": f"{_API}/API_CreateEndpointConfig.html",
    "ManagedInstanceScaling is only supported": f"{_PROVIDER}/pull/45926",
    "You don't have enough combinations": "https://github.com/aws/amazon-sagemaker-operator-for-k8s/issues/123",
    "ScheduleExpression {…} is not supported.": f"{_API}/API_ScheduleConfig.html",
    "must be specified in WorkforceVpcConfig": f"{_API}/API_WorkforceVpcConfigResponse.html",
    "must have the same ClientId and UserPool": f"{_API}/API_CreateWorkteam.html",
    "AutoMountHomeEFS DefaultAsDomain": f"{_API}/API_UserSettings.html",
    "DefaultLandingUri studio::": f"{_API}/API_UserSettings.html",
    "SecurityGroups must be specified": f"{_API}/API_UserSettings.html",
    "when LifecycleConfigArns are specified": f"{_API}/API_JupyterServerAppSettings.html",
    "only support the instance type system": f"{_API}/API_ResourceSpec.html",
    "The AppType of space": f"{_API}/API_SpaceSettings.html",
    "the AuthMode of domain": f"{_API}/API_CreateUserProfile.html",
    "Only one of {…} can be specified.": f"{_REGISTRY}/resources/sagemaker_app_image_config",
    "must be specified in model package": f"{_API}/API_InputConfig.html",
    "has already been deleted": f"{_PROVIDER}/blob/main/internal/service/sagemaker/app.go",
    "Event time feature": f"{_API}/API_CreateFeatureGroup.html",
    "is reserved.": f"{_API}/API_FeatureDefinition.html",
    "its collection type is Vector": f"{_API}/API_FeatureDefinition.html",
    "Provisioned throughput": f"{_API}/API_ThroughputConfig.html",
    "TableFormat Iceberg": f"{_API}/API_OfflineStoreConfig.html",
    "failed to satisfy constraint": f"{_EXAMPLES}/issues/4843",
}
"""Part of a text → where its words are recorded, or where the rule is documented. A text without one is ours."""


@dataclass(frozen=True, slots=True)
class Text:
    """One error: its words, with `{…}` or a name for what is filled in, and its code."""

    words: str
    code: str

    @property
    def source(self) -> str:
        """The address of its source; empty if the words are ours."""
        return next((address for part, address in SOURCES.items() if part in self.words), "")

    @property
    def level(self) -> str:
        """Whether AWS's words are recorded, its rule is documented, or the words are ours."""
        if not self.source:
            return "ours"
        return "documented" if self.source.startswith(("https://docs.aws.amazon.com/", _REGISTRY)) else "recorded"


def texts() -> list[Text]:
    """Every error text, of the kinds' messages and of the errors that the code raises."""
    found = {
        Text(words, code)
        for kind in KINDS.values()
        for words, code in (
            (kind.messages.missing, kind.messages.missing_code),
            (kind.messages.taken, kind.messages.taken_code),
        )
        if words
    }
    for path in sorted(_ROOT.rglob("*.py")):
        if path != Path(__file__):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= set(_raised(tree))
            if path.name == "role_rules.py":
                found |= set(_of_roles(tree))
    return sorted(found, key=lambda one: (one.words.lower(), one.code))


def _raised(tree: ast.AST) -> Iterator[Text]:
    constants = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    functions = _FUNCTIONS | dict(_own_functions(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "failure" and len(node.args) > 1:
            code, words = _words(node.args[0], constants), _words(node.args[1], constants)
        elif name in functions and node.args:
            code, words = functions[name], _words(node.args[0], constants)
        else:
            continue
        if words.strip("{…} "):
            yield Text(words, code)


def _of_roles(tree: ast.AST) -> Iterator[Text]:
    """The texts for what a role may not do: of `_require`, and the reasons that functions return."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("_require"), [_, _, _, what]):
                yield Text(_words(what, {}), "ValidationException")
            case ast.FunctionDef(returns=ast.BinOp(ast.Name("str"), ast.BitOr(), ast.Constant(None))):
                for inner in ast.walk(node):
                    words = _words(inner, {}) if isinstance(inner, ast.JoinedStr) else ""
                    if words.count(" ") > 1:
                        yield Text(words, "FailureReason")


def _own_functions(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The functions of a file that only add a code to a message, and their code."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(
                args=ast.arguments(args=[ast.arg(arg=given)]),
                body=[ast.Return(ast.Call(ast.Attribute(attr="failure"), [ast.Constant(str(code)), ast.Name(passed)]))],
            ) if given == passed:
                yield node.name, code


def _words(node: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part, constants) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _words(node.left, constants) + _words(node.right, constants)
    if isinstance(node, ast.Name):
        return constants.get(node.id, "{…}")
    return "{…}"


def page() -> str:
    """The page, in Markdown."""
    found = texts()
    counted = {level: sum(one.level == level for one in found) for level in ("recorded", "documented", "ours")}
    lines = [
        "# Errors",
        "",
        f"Generated by `{_COMMAND}` from the source. `{{…}}` and names in braces are filled in.",
        "",
        "- **recorded**: AWS's words, in the log, test or client at the address",
        "- **documented**: the rule is documented at the address; the words are ours",
        "- **ours**: AWS returns an error; its words are not public, or not known to us",
        "",
        "A violated constraint has the pattern of the installed botocore: AWS's texts had a leading `^` "
        "[until 2023](https://github.com/zenml-io/zenml/issues/1502) and "
        f"[no longer have one]({_EXAMPLES}/issues/4843), as the patterns of botocore.",
        "",
        "| recorded | documented | ours |",
        "|---|---|---|",
        "| " + " | ".join(str(number) for number in counted.values()) + " |",
        "",
        "| text | code | from |",
        "|---|---|---|",
    ]
    for one in found:
        words = one.words.replace("|", "\\|").replace("\n", "\\n").replace("`", "'")
        origin = f"[{one.level}]({one.source})" if one.source else one.level
        lines.append(f"| `{words}` | {one.code} | {origin} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Print, check or write the page."""
    return print_check_or_write(page(), _COMMAND, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
