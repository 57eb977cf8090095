"""Write the AWS accounts of SageMaker's prebuilt images, by region, for the module execution-role.

Source: the image URI configuration of SageMaker's Python SDK, which AWS maintains with its list of ECR paths
(https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html). Run
``python -m tools.prebuilt_images WHEEL`` after ``pip download --no-deps sagemaker-core``.
"""

from __future__ import annotations

import argparse
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "modules/execution-role/prebuilt_images.json"


def registries(node: Any) -> Iterator[tuple[str, str]]:
    """Yield region and account of every registry in one file of the SDK."""
    if isinstance(node, dict):
        yield from node.get("registries", {}).items()
        for value in node.values():
            yield from registries(value)
    elif isinstance(node, list):
        for value in node:
            yield from registries(value)


def main(argv: list[str] | None = None) -> int:
    """Read the SDK's wheel and write the module's file. Exits with 2 for another file."""
    parser = argparse.ArgumentParser(prog="python -m tools.prebuilt_images", description=__doc__)
    parser.add_argument("wheel", type=Path, metavar="WHEEL")
    wheel: Path = parser.parse_args(argv).wheel
    if not zipfile.is_zipfile(wheel):
        parser.error(f"{wheel} is not a wheel")
    accounts: dict[str, set[str]] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if re.search(r"/image_uri_config/[^/]+\.json$", name):
                for region, account in registries(json.loads(archive.read(name))):
                    accounts.setdefault(region, set()).add(account)
    document = {
        "generated": f"{datetime.now(UTC):%Y-%m-%d} by tools/prebuilt_images.py from {wheel.name}",
        "accounts": {region: sorted(found) for region, found in sorted(accounts.items())},
    }
    TARGET.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
