"""SageMaker for LocalStack: control plane, invocations and faults, loaded through LocalStack's entry points."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
