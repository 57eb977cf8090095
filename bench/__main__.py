"""``python -m bench NAME [OPTIONS]``: run one benchmark."""

from __future__ import annotations

import importlib
import sys

_BENCHES = {
    "compliance": "bench.compliance",
    "consumer": "bench.consumer",
    "elsewhere": "bench.elsewhere",
    "emulator": "bench.emulator",
    "leftovers": "bench.leftovers",
    "load": "bench.load",
    "permissions": "bench.permissions",
    "plan": "bench.plan",
    "recording": "bench.recording",
    "stories": "bench.stories",
    "terragrunt": "bench.terragrunt",
    "upgrade": "bench.upgrade",
}


def main() -> int:
    """Run the benchmark named by the first argument with the other arguments, and return its exit code."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in _BENCHES:
        print(f"usage: python -m bench {{{','.join(_BENCHES)}}} [--help]", file=sys.stderr)  # noqa: T201
        return 2
    code: int = importlib.import_module(_BENCHES[name]).main(sys.argv[2:])
    return code


if __name__ == "__main__":
    raise SystemExit(main())
