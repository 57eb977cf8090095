"""Where Terraform installs providers from: a filesystem mirror if there is one, otherwise the registry.

modproof writes its own CLI configuration for Terraform and never reads the caller's. Search order and mirror layout:
https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
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


def provider_mirror(start: Path | None = None) -> Path | None:
    """The filesystem mirror to install providers from; None to use the registry.

    Search order: ``MODPROOF_PROVIDER_MIRROR``; ``.modproof/providers`` in the project that contains ``start`` (by
    default the working folder); Terraform's implied mirror folders; the folders directly under /opt, /usr/local/share
    and /usr/share. A folder is a mirror if it contains ``registry.terraform.io/``. Raises ConfigurationError if the
    variable names a folder without providers.
    """
    chosen = os.environ.get(MIRROR_VARIABLE)
    if chosen:
        folder = Path(chosen).expanduser().absolute()
        if not _hosts(folder):
            raise ConfigurationError(
                f"{MIRROR_VARIABLE} is {folder}, which has no HOST/NAMESPACE/TYPE folders",
                hint=f"set it to a folder written by 'terraform providers mirror', or unset {MIRROR_VARIABLE}",
            )
        return folder
    places = [*_project_places(start or Path.cwd()), *_implied_places(), *_shared_places()]
    return next((place for place in places if (place / _REGISTRY).is_dir()), None)


def mirrored_versions(mirror: Path, namespace: str, name: str) -> list[str]:
    """The versions of a registry provider in ``mirror`` for this platform, unpacked or packed, sorted."""
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
    """The folder where Terraform caches providers from the registry; it has the layout of a mirror."""
    return cache_folder() / "providers"


def terraform_cli_config(folder: Path, start: Path | None = None, *, kind: str = "terraform") -> Path:
    """Write the CLI configuration for ``TF_CLI_CONFIG_FILE`` into ``folder``; returns the file.

    Providers in the mirror are installed only from the mirror, all others from the registry. Without a mirror, all
    come from the registry and are cached in :func:`plugin_cache`. ``start`` is that of :func:`provider_mirror`;
    ``kind`` is the program that reads the file, ``terraform`` or ``tofu``.
    """
    mirror = provider_mirror(start)
    if mirror is not None and kind == "tofu":
        mirror = _mirror_for_tofu(mirror)
    lines = ["# Written by modproof for one run. Your own CLI configuration is not read.", "disable_checkpoint = true"]
    if mirror is None:
        plugin_cache().mkdir(parents=True, exist_ok=True)
        # generated root modules have no lock file; without the second setting each downloads the provider again
        lines += [
            f"plugin_cache_dir   = {_quoted(plugin_cache())}",
            "plugin_cache_may_break_dependency_lock_file = true",
        ]
    else:
        mirrored = json.dumps(_providers(mirror))
        lines += [
            "provider_installation {",
            "  filesystem_mirror {",
            f"    path    = {_quoted(mirror)}",
            f"    include = {mirrored}",
            "  }",
            "  direct {",
            f"    exclude = {mirrored}",
            "  }",
            "}",
        ]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}.tfrc"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextlib.contextmanager
def initialising(start: Path | None = None) -> Iterator[None]:
    """The context for ``terraform init``, which must not write the plugin cache concurrently.

    Without a mirror it takes a machine-wide lock. With a mirror the cache is not used, so it takes none.
    """
    if provider_mirror(start) is not None:
        yield
        return
    with exclusively("terraform-init"):
        yield


def _mirror_for_tofu(mirror: Path) -> Path:
    """A mirror with the same providers under the host name of OpenTofu's default registry.

    The folders are real down to the version and only the platform is a link: OpenTofu follows no links further up.
    """
    link_mirror = cache_folder() / "tofu-mirrors" / hashlib.sha256(str(mirror).encode()).hexdigest()[:16]
    for platform in sorted(mirror.glob(f"*/*/*/*/{platform_name()}")):
        host, *rest = platform.relative_to(mirror).parts
        for name in {host, _TOFU_REGISTRY if host == _REGISTRY else host}:
            link = link_mirror.joinpath(name, *rest)
            link.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                link.symlink_to(platform)
    return link_mirror


def _quoted(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)


def _providers(mirror: Path) -> list[str]:
    """The providers in ``mirror`` as HOST/NAMESPACE/TYPE, sorted."""
    return sorted(
        provider.relative_to(mirror).as_posix()
        for host in _hosts(mirror)
        for provider in host.glob("*/*")
        if provider.is_dir()
    )


def _hosts(folder: Path) -> list[Path]:
    """The sub-folders that are named like a registry host and contain providers."""
    if not folder.is_dir():
        return []
    return [host for host in folder.iterdir() if "." in host.name and any(host.glob("*/*/"))]


def _project_places(start: Path) -> list[Path]:
    try:
        return [Project.find(start).root / ".modproof" / "providers"]
    except ConfigurationError:
        return []  # a broken setting is reported where the project is used


def _implied_places() -> list[Path]:
    """Terraform's implied mirror folders, in Terraform's order."""
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
