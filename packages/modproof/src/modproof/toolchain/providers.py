"""Where Terraform gets its providers: a folder on this machine where there is one, else the registry.

The harness writes Terraform a CLI configuration of its own and never reads the caller's. The order of places and
the layout of a mirror: https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.toolchain.catalog import platform_name
from modproof.toolchain.store import cache_folder, exclusively

__all__ = [
    "MIRROR_VARIABLE",
    "initialising",
    "mirrored_versions",
    "plugin_cache",
    "provider_mirror",
    "terraform_cli_config",
]

MIRROR_VARIABLE = "MODPROOF_PROVIDER_MIRROR"
_REGISTRY = "registry.terraform.io"
_TOFU_REGISTRY = "registry.opentofu.org"
_SHARED_FOLDERS = (Path("/opt"), Path("/usr/local/share"), Path("/usr/share"))
_CONFIG_FILE = "terraform.tfrc"


def provider_mirror(start: Path | None = None) -> Path | None:
    """The filesystem mirror to install providers from, or None when there is none and the registry is to serve.

    In this order: ``MODPROOF_PROVIDER_MIRROR``; ``.modproof/providers`` in the project around ``start`` (by
    default the working folder); the folders that Terraform itself looks into; a folder directly under /opt,
    /usr/local/share or /usr/share. A place counts when it holds ``registry.terraform.io/``. Raises
    ConfigurationError when the variable names a folder that holds no providers: to go on would surprise.
    """
    chosen = os.environ.get(MIRROR_VARIABLE)
    if chosen:
        folder = Path(chosen).expanduser().absolute()
        if not _hosts(folder):
            raise ConfigurationError(
                f"{MIRROR_VARIABLE} names {folder}, which holds no HOST/NAMESPACE/TYPE folders",
                hint=f"name a folder that 'terraform providers mirror' wrote, or unset {MIRROR_VARIABLE}",
            )
        return folder
    places = [*_project_places(start or Path.cwd()), *_implied_places(), *_shared_places()]
    return next((place for place in places if (place / _REGISTRY).is_dir()), None)


def mirrored_versions(mirror: Path, namespace: str, name: str) -> list[str]:
    """The versions of a registry provider that ``mirror`` holds for this platform, unpacked or packed."""
    folder = mirror / _REGISTRY / namespace / name
    if not folder.is_dir():
        return []
    unpacked = {version.name for version in folder.iterdir() if (version / platform_name()).is_dir()}
    packed_name = f"terraform-provider-{name}_"
    packed = {
        file.name.removeprefix(packed_name).removesuffix(f"_{platform_name()}.zip")
        for file in folder.glob(f"{packed_name}*_{platform_name()}.zip")
    }
    return sorted(unpacked | packed)


def plugin_cache() -> Path:
    """Where Terraform keeps what it fetched from the registry; it has a mirror's layout."""
    return cache_folder() / "providers"


def terraform_cli_config(folder: Path, start: Path | None = None, *, kind: str = "terraform") -> Path:
    """Write the CLI configuration for ``TF_CLI_CONFIG_FILE`` into ``folder``; returns the file.

    What the mirror holds comes from the mirror and from nowhere else, everything else from the registry. Without
    a mirror the registry serves all, and fetched providers stay in the cache folder. ``start`` as in
    :func:`provider_mirror`. ``kind`` is the program that reads the file, terraform or tofu.
    """
    mirror = provider_mirror(start)
    if mirror is not None and kind == "tofu":
        mirror = _mirror_for_tofu(mirror)
    lines = ["# Written by modproof for one run; your own CLI configuration is not read.", "disable_checkpoint = true"]
    if mirror is None:
        plugin_cache().mkdir(parents=True, exist_ok=True)
        # generated roots have no lock file, and without this setting each of them would fetch the provider anew
        lines += [
            f"plugin_cache_dir   = {_quoted(plugin_cache())}",
            "plugin_cache_may_break_dependency_lock_file = true",
        ]
    else:
        held = "[" + ", ".join(json.dumps(provider) for provider in _held(mirror)) + "]"
        lines += [
            "provider_installation {",
            "  filesystem_mirror {",
            f"    path    = {_quoted(mirror)}",
            f"    include = {held}",
            "  }",
            "  direct {",
            f"    exclude = {held}",
            "  }",
            "}",
        ]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("tofu.tfrc" if kind == "tofu" else _CONFIG_FILE)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextlib.contextmanager
def initialising(start: Path | None = None) -> Iterator[None]:
    """Hold this around ``terraform init``: its plugin cache may be written by one run at a time.

    With a mirror nothing is written, and nothing is held.
    """
    if provider_mirror(start) is not None:
        yield
        return
    with exclusively("terraform-init"):
        yield


def _mirror_for_tofu(mirror: Path) -> Path:
    """The same providers under the name of the registry that OpenTofu asks by default.

    Real folders down to the version and a link for the platform: OpenTofu follows no link further up.
    """
    made = cache_folder() / "tofu-mirrors" / hashlib.sha256(str(mirror).encode()).hexdigest()[:16]
    for platform in sorted(mirror.glob(f"*/*/*/*/{platform_name()}")):
        host, *rest = platform.relative_to(mirror).parts
        for name in {host, _TOFU_REGISTRY if host == _REGISTRY else host}:
            link = made.joinpath(name, *rest)
            link.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                link.symlink_to(platform)
    return made


def _quoted(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)


def _held(mirror: Path) -> list[str]:
    """The providers in ``mirror`` as HOST/NAMESPACE/TYPE, sorted."""
    return sorted(
        provider.relative_to(mirror).as_posix()
        for host in _hosts(mirror)
        for provider in host.glob("*/*")
        if provider.is_dir()
    )


def _hosts(folder: Path) -> list[Path]:
    """The sub-folders that are named like a registry's host and hold providers."""
    if not folder.is_dir():
        return []
    return [host for host in folder.iterdir() if "." in host.name and any(host.glob("*/*/"))]


def _project_places(start: Path) -> list[Path]:
    try:
        return [Project.find(start).root / ".modproof" / "providers"]
    except ConfigurationError:
        return []  # a broken setting is reported where the project is used, not where a provider is looked for


def _implied_places() -> list[Path]:
    """Terraform's implied mirror folders, in its order."""
    home = Path.home()
    places = [Path.cwd() / "terraform.d" / "plugins", home / ".terraform.d" / "plugins"]
    if sys.platform == "darwin":
        support = Path("Library/Application Support/io.hashicorp.terraform/plugins")
        return [*places, home / support, Path("/") / support]
    data_home = os.environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    data_folders = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return places + [Path(data) / "terraform" / "plugins" for data in (data_home, *data_folders.split(":")) if data]


def _shared_places() -> list[Path]:
    return [
        folder
        for shared in _SHARED_FOLDERS
        if shared.is_dir()
        for folder in sorted(shared.iterdir())
        if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
    ]
