"""Write docs/provider-schemas.json: the AWS provider's schema at both ends of the range that the modules accept.

    python -m tools.provider_schemas [--wheels FOLDER]

The schemas are those of the resources and data sources in modules and examples. Their source is the wheels of
cdktf-cdktf-provider-aws on PyPI, which contain them as generated JavaScript. The METADATA of a wheel names the
provider's version. Run it after a module uses a new type, or to move an end of the range. Exit codes: 0 written; 2 a
wheel cannot be downloaded or read, or lacks a type.

The floor is 5.99.1. From 5.86 to 5.99.0, aws_s3_bucket_lifecycle_configuration fails or damages rules: inconsistent
results in 5.86 and 5.87 (https://github.com/hashicorp/terraform-provider-aws/issues/41277), a removed first rule that
mangles the others (pull request 42228), and filters that cannot change from a prefix to tags (pull request 42655, which
5.99.1 contains: https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/CHANGELOG.md).
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import uv

from tools.provider_usage import used_types

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "provider-schemas.json"
PACKAGE = "cdktf-cdktf-provider-aws"
WHEELS = {"floor": "19.65.1", "newest": "21.22.1"}
"""The wheel of each end. No later one will be published: the package is archived."""

KINDS = ("arguments", "blocks", "attributes")
Schema = Mapping[str, str]
"""The kind of each path: ``{"rule": "blocks", "rule.filter.prefix": "arguments", "arn": "attributes"}``."""

_SETTABLE = re.compile(
    r'(\w+): \{\s+value: [^\n]+,\s+isBlock: (true|false),\s+type: "\w+",\s+storageClassType: "(\w+)"', re.DOTALL
)
_WRITER = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_CLASS = re.compile(r"^class (\w+) extends cdktf\.(\w+) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_GETTER = re.compile(r"this\.get\w*Attribute\('(\w+)'\)")
_NESTED = re.compile(r'new (\w+)\(this, "(\w+)"')
_WRAPPERS = ("List", "Map", "OutputReference")


class Unreadable(Exception):
    """A wheel that is missing or has another form than expected."""


def main(argv: list[str]) -> int:
    """Write the page, print its totals, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.provider_schemas",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="a folder with the wheels, instead of PyPI")
    options = parser.parse_args(argv)
    wanted = sorted(used_types(ROOT))
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = options.wheels or Path(scratch)
            wheels = {end: _wheel(version, folder) for end, version in WHEELS.items()}
            schemas = {end: read_wheel(path, wanted) for end, path in wheels.items()}
            ends = {end: _source(path) for end, path in wheels.items()}
    except (Unreadable, OSError, ValueError, zipfile.BadZipFile, tarfile.TarError) as error:
        sys.stderr.write(f"the wheels cannot be read: {error}\n")
        return 2
    types = {name: compared(schemas["floor"][name], schemas["newest"][name]) for name in wanted}
    content = {"extracted": datetime.datetime.now(datetime.UTC).date().isoformat(), "ends": ends, "types": types}
    PAGE.write_text(rendered(content), encoding="utf-8")
    versions = " and ".join(end["provider"] for end in ends.values())
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(types)} types of provider {versions}\n")
    return 0


def rendered(content: Mapping[str, Any]) -> str:
    """The page as JSON with each list on one line."""
    text = json.dumps(content, indent=1)
    return re.sub(r"\[\s+([^\]{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def read_wheel(path: Path, wanted: list[str]) -> dict[str, Schema]:
    """The schemas of the types in ``wanted`` (``resource aws_kms_key``, ``data aws_region``) from a wheel.

    Raises Unreadable if the wheel lacks one of them or has another form.
    """
    folders = {_folder(name): name for name in wanted}
    sources: dict[str, list[str]] = {}
    with zipfile.ZipFile(path) as wheel:
        (bundle,) = (name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(wheel.read(bundle)), mode="r:gz") as archive:
            for member in archive:
                _, _, inside = member.name.partition("/lib/")
                name = folders.get(inside.partition("/")[0])
                if name is not None and inside.endswith(".js") and (stream := archive.extractfile(member)) is not None:
                    sources.setdefault(name, []).append(stream.read().decode())
    if missing := sorted(set(wanted) - set(sources)):
        raise Unreadable(f"{path.name}: it has no {', '.join(missing)}; the modules use them")
    return {name: schema_of("\n".join(texts)) for name, texts in sources.items()}


def schema_of(source: str) -> Schema:
    """The schema of the one resource or data source in generated JavaScript. Raises Unreadable without one."""
    classes = {name: (base, body) for name, base, body in _CLASS.findall(source)}
    written = {_capitalised(name): body for name, body in _WRITER.findall(source)}
    top = [name for name, (base, _) in classes.items() if base in ("TerraformResource", "TerraformDataSource")]
    if len(top) != 1:
        raise Unreadable(f"expected one resource or data source, found {len(top)}")
    body = classes[top[0]][1]
    found = dict(_readable(body, classes, ""))
    found.update(_settable(body, written, ""))
    return found


def _settable(body: str, written: Mapping[str, str], prefix: str) -> Iterator[tuple[str, str]]:
    for name, is_block, kind in _SETTABLE.findall(body):
        yield prefix + name, "blocks" if is_block == "true" else "arguments"
        inner = written.get(_element(kind))
        if inner is not None and inner != body:
            yield from _settable(inner, written, f"{prefix}{name}.")


def _readable(body: str, classes: Mapping[str, tuple[str, str]], prefix: str) -> Iterator[tuple[str, str]]:
    for name in _GETTER.findall(body):
        yield prefix + name, "attributes"
    for kind, name in _NESTED.findall(body):
        yield prefix + name, "attributes"
        _, inner = classes.get(f"{_element(kind)}OutputReference", ("", ""))
        if inner != body:
            yield from _readable(inner, classes, f"{prefix}{name}.")


def compared(floor: Schema, newest: Schema) -> dict[str, Any]:
    """The paths of each kind in both schemas, and those in one only, as they are in the page."""
    found: dict[str, Any] = {kind: _paths(kind, floor, newest) for kind in KINDS}
    for label, own, other in (("only floor", floor, newest), ("only newest", newest, floor)):
        rest = {path: kind for path, kind in own.items() if other.get(path) != kind}
        found[label] = {kind: paths for kind in KINDS if (paths := _paths(kind, rest))}
    return {key: value for key, value in found.items() if value}


def _paths(kind: str, *schemas: Schema) -> list[str]:
    first, *others = schemas
    return sorted(path for path in first if all(schema.get(path) == kind for schema in (first, *others)))


def schema_at(end: str, entry: Mapping[str, Any]) -> Schema:
    """The schema of one end from a type's entry in the page."""
    own = entry.get(f"only {end}", {})
    return {path: kind for kind in KINDS for path in (*entry.get(kind, ()), *own.get(kind, ()))}


def _element(kind: str) -> str:
    for wrapper in _WRAPPERS:
        kind = kind.removesuffix(wrapper)
    return kind


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


def _folder(name: str) -> str:
    """The package's folder of a type: ``data aws_iam_role`` is in ``data-aws-iam-role``."""
    kind, _, resource = name.partition(" ")
    words = resource.replace("_", "-")
    return f"data-{words}" if kind == "data" else words.removeprefix("aws-")


def _wheel(version: str, folder: Path) -> Path:
    path = folder / f"{PACKAGE.replace('-', '_')}-{version}-py3-none-any.whl"
    if not path.is_file():
        pip = [uv.find_uv_bin(), "tool", "run", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
        done = subprocess.run([*pip, f"{PACKAGE}=={version}"], capture_output=True, text=True)
        if done.returncode != 0 or not path.is_file():
            raise Unreadable(f"{path.name} cannot be downloaded: {' '.join(done.stderr.split())[-500:]}")
    return path


def _source(wheel: Path) -> dict[str, str]:
    """Where an end comes from: the provider's version, the wheel's name and its SHA-256."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        named = re.search(r"bindings for hashicorp/aws provider version (\S+)", archive.read(metadata).decode())
    if named is None:
        raise Unreadable(f"{wheel.name}: its METADATA does not name the provider's version")
    return {
        "provider": named[1],
        "wheel": wheel.name,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
