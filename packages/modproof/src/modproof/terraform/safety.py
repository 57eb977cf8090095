"""Refuses a configuration that could bypass the environment of a run and reach a real account.

The environment sets the endpoint, the keys and the region of every AWS call. A provider block overrides it, and a
backend or ``cloud`` block stores state before any provider runs: such a configuration is not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from modproof.core.errors import SafetyError
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.hcl.reader import Attribute, Block, TerraformFile, read_as

__all__ = ["check", "forbidden", "refuse"]

_ATTRIBUTES = {
    "access_key": "its own keys",
    "secret_key": "its own keys",
    "token": "its own keys",
    "profile": "its own profile",
    "shared_config_files": "its own credentials file",
    "shared_credentials_file": "its own credentials file",
    "shared_credentials_files": "its own credentials file",
    "custom_ca_bundle": "its own network settings",
    "ec2_metadata_service_endpoint": "its own network settings",
    "http_proxy": "its own network settings",
    "https_proxy": "its own network settings",
    "use_fips_endpoint": "its own endpoints",
    "use_dualstack_endpoint": "its own endpoints",
    "endpoints": "its own endpoints",
    "assume_role": "another account's role",
    "assume_role_with_web_identity": "another account's role",
}
_PROGRAMS: tuple[Literal["terraform", "tofu"], ...] = ("terraform", "tofu")
_BLOCKS = ("endpoints", "assume_role", "assume_role_with_web_identity")
_HARMLESS = ("null", "false", "[]", '""')
_HINT = "set it in the environment (AWS_PROFILE, AWS_ENDPOINT_URL …), which a run can override"
_STATE_HINT = "keep the backend out of tested modules: in a root configuration, or a file added at deployment"
# anywhere in the text, because comments and other blocks can precede a keyword; JSON can escape its letters
_RELEVANT = re.compile(r"\b(provider|backend|cloud|module)\b|terraform_remote_state")
_RELEVANT_JSON = re.compile(rf"{_RELEVANT.pattern}|\\u")


def check(folders: Iterable[Path], project: Project) -> list[Problem]:
    """Everything in the Terraform files directly in ``folders`` that could reach a real account.

    A file that cannot be parsed counts if it contains a relevant keyword; Terraform reports the others. A file that
    cannot be read at all counts too, apart from a dangling link.
    """
    problems: list[Problem] = []
    files = [file for folder in folders for program in _PROGRAMS for file in read_as(folder, program)]
    for file in files:
        shown = project.relative(file.path)
        if file.top is not None:
            for what, part, hint in _faults(file.top):
                path = project.relative(part.origin) if part.origin is not None else shown
                problems.append(Problem(what, Place(path, part.line), hint))
        elif file.error is not None and _is_relevant(file):
            hint = "fix the syntax error" if file.text else "make it a readable file, or delete it"
            text = f"the file cannot be read, so its safety cannot be checked: {file.error}"
            problems.append(Problem(text, Place(shown, file.error.line), hint))
    return list(dict.fromkeys(problems))


def _is_relevant(file: TerraformFile) -> bool:
    """Whether an unreadable file could have a block that this check is about."""
    pattern = _RELEVANT_JSON if file.path.name.endswith(".json") else _RELEVANT
    if not file.text:
        return file.path.exists()  # nothing can read a dangling link, such as an editor's lock
    return pattern.search(file.text) is not None


def forbidden(setting: str) -> str | None:
    """How a provider setting could bypass the environment; None if it is safe."""
    return _ATTRIBUTES.get(setting)


def refuse(folders: Iterable[Path], project: Project) -> None:
    """Raise SafetyError, with the place, when :func:`check` finds anything."""
    problems = check(folders, project)
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more of this kind)" if len(problems) > 1 else ""
        place = first.place or Place("")
        raise SafetyError(f"{first.message}{more}", hint=first.hint, path=place.path, line=place.line)


def _faults(top: Block) -> Iterator[tuple[str, Attribute | Block, str]]:
    for provider in top.all("provider"):
        yield from _provider_faults(provider)
    for terraform in top.all("terraform"):
        for backend in terraform.all("backend"):
            yield from _backend_faults(backend)
        for cloud in terraform.all("cloud"):
            yield "the state is in HCP Terraform", cloud, _STATE_HINT
    for data in top.all("data"):
        if data.labels[:1] == ("terraform_remote_state",):
            kind = data.text("backend")
            if kind != '"local"':
                yield f"data.{'.'.join(data.labels)} reads state from {kind or 'elsewhere'}", data, _STATE_HINT


def _provider_faults(provider: Block) -> Iterator[tuple[str, Attribute | Block, str]]:
    name = "".join(provider.labels[:1])
    seen: set[str] = set()
    for attribute in provider.attributes:
        what = _ATTRIBUTES.get(attribute.name)
        if what and attribute.text not in _HARMLESS:
            seen.add(attribute.name)
            yield f'the provider "{name}" has {what}: {attribute.name}', attribute, _HINT
    for kind in _BLOCKS:
        for block in provider.all(kind):
            if kind not in seen:
                yield f'the provider "{name}" has {_ATTRIBUTES[kind]}: {kind}', block, _HINT


def _backend_faults(backend: Block) -> Iterator[tuple[str, Attribute | Block, str]]:
    kind = "".join(backend.labels[:1])
    if kind != "local":
        yield f'the state is in a backend "{kind}"', backend, _STATE_HINT
        return
    for attribute in backend.attributes:
        outside = attribute.literal is None or attribute.literal.startswith(("/", "~")) or ".." in attribute.literal
        if attribute.name in ("path", "workspace_dir") and outside:
            yield f"the local backend writes outside its folder: {attribute.text}", attribute, _STATE_HINT
