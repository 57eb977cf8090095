"""Refuses a configuration that could get round the environment which keeps a run away from real accounts.

The environment names the endpoint, the keys and the region of every AWS call. A provider block that says otherwise
wins over it, and a backend or ``cloud`` block stores state before any provider runs: neither is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from modproof.errors import SafetyError
from modproof.hcl import Block, UnreadableHcl, read_folder
from modproof.project import Project
from modproof.results import Place, Problem

__all__ = ["check", "forbidden", "refuse"]

_ATTRIBUTES = {
    "access_key": "keys of its own",
    "secret_key": "keys of its own",
    "token": "keys of its own",
    "profile": "a profile of its own",
    "shared_config_files": "a credentials file of its own",
    "shared_credentials_file": "a credentials file of its own",
    "shared_credentials_files": "a credentials file of its own",
    "custom_ca_bundle": "a network set-up of its own",
    "ec2_metadata_service_endpoint": "a network set-up of its own",
    "http_proxy": "a network set-up of its own",
    "https_proxy": "a network set-up of its own",
    "use_fips_endpoint": "endpoints of its own",
    "use_dualstack_endpoint": "endpoints of its own",
    "endpoints": "endpoints of its own",
    "assume_role": "another account's role",
    "assume_role_with_web_identity": "another account's role",
}
_BLOCKS = ("endpoints", "assume_role", "assume_role_with_web_identity")
_HARMLESS = ("null", "false", "[]", '""')
_HINT = "leave it to the environment (AWS_PROFILE, AWS_ENDPOINT_URL …), where a run can set it"
_STATE_HINT = "keep the backend out of what is proved: an example, or a file that only deployment adds"
_MATTERS = re.compile(r'^\s*"?(provider|backend|cloud)\b|terraform_remote_state', re.MULTILINE)


def check(folders: Iterable[Path], project: Project) -> list[Problem]:
    """Everything in the Terraform files of ``folders`` (not below them) that could reach a real account.

    A file that cannot be read counts when a word in it says that it may matter; Terraform judges the others.
    """
    problems: list[Problem] = []
    for folder in folders:
        for path, blocks, text in read_folder(folder):
            shown = project.relative(path)
            if isinstance(blocks, Block):
                problems += [Problem(what, Place(shown, line), hint) for what, line, hint in _faults(blocks)]
            elif _MATTERS.search(text):
                problems.append(_unreadable(shown, blocks))
    return problems


def forbidden(setting: str) -> str | None:
    """What a provider would get round the environment with if ``setting`` were given to it; None where it is safe."""
    return _ATTRIBUTES.get(setting)


def refuse(folders: Iterable[Path], project: Project) -> None:
    """Raise SafetyError, with the place, when :func:`check` finds anything."""
    problems = check(folders, project)
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more of this kind)" if len(problems) > 1 else ""
        place = first.place or Place("")
        raise SafetyError(f"{first.message}{more}", hint=first.hint, path=place.path, line=place.line)


def _unreadable(shown: str, error: UnreadableHcl) -> Problem:
    return Problem(f"cannot be read, so nobody can say that it is safe to run: {error}", Place(shown, error.line))


def _faults(top: Block) -> Iterator[tuple[str, int, str]]:
    for provider in top.all("provider"):
        yield from _provider_faults(provider)
    for terraform in top.all("terraform"):
        for backend in terraform.all("backend"):
            yield from _backend_faults(backend)
        for cloud in terraform.all("cloud"):
            yield "terraform keeps its state in HCP Terraform", cloud.line, _STATE_HINT
    for data in top.all("data"):
        if data.labels[:1] == ("terraform_remote_state",):
            kind = next((a.text for a in data.attributes if a.name == "backend"), "")
            if kind != '"local"':
                yield f"data.{'.'.join(data.labels)} reads state from {kind or 'elsewhere'}", data.line, _STATE_HINT


def _provider_faults(provider: Block) -> Iterator[tuple[str, int, str]]:
    name = "".join(provider.labels[:1])
    seen: set[str] = set()
    for attribute in provider.attributes:
        what = _ATTRIBUTES.get(attribute.name)
        if what and attribute.text not in _HARMLESS:
            seen.add(attribute.name)
            yield f'the provider "{name}" has {what}: {attribute.name}', attribute.line, _HINT
    for kind in _BLOCKS:
        for block in provider.all(kind):
            if kind not in seen:
                yield f'the provider "{name}" has {_ATTRIBUTES[kind]}: {kind}', block.line, _HINT


def _backend_faults(backend: Block) -> Iterator[tuple[str, int, str]]:
    kind = "".join(backend.labels[:1])
    if kind != "local":
        yield f'terraform keeps its state in a backend "{kind}"', backend.line, _STATE_HINT
        return
    for attribute in backend.attributes:
        if attribute.name in ("path", "workspace_dir") and re.search(r'^"(/|~|.*\.\.)', attribute.text):
            yield f"the local backend writes outside its folder: {attribute.text}", attribute.line, _STATE_HINT
