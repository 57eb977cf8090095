"""The table of resource kinds. Each module exports the KINDS of one family and its non-generic OPERATIONS."""

from __future__ import annotations

from types import ModuleType

from ..call import Kind, Operation
from . import (
    algorithms,
    automl,
    cluster_governance,
    clusters,
    code_repositories,
    edge,
    endpoint_configs,
    endpoints,
    experiments,
    feature_groups,
    hub_contents,
    images,
    inference_components,
    inference_experiments,
    job_definitions,
    jobs,
    lifecycle_configs,
    lineage,
    mlflow_apps,
    model_cards,
    models,
    monitoring,
    notebooks,
    other_jobs,
    pipelines,
    platform,
    registry,
    studio,
    workforces,
)

__all__ = ["KINDS", "OPERATIONS", "OWNERS", "STORED"]

_FAMILIES: tuple[ModuleType, ...] = (
    algorithms,
    automl,
    cluster_governance,
    clusters,
    code_repositories,
    edge,
    endpoint_configs,
    endpoints,
    experiments,
    feature_groups,
    hub_contents,
    images,
    inference_components,
    inference_experiments,
    job_definitions,
    jobs,
    lifecycle_configs,
    lineage,
    mlflow_apps,
    model_cards,
    models,
    monitoring,
    notebooks,
    other_jobs,
    pipelines,
    platform,
    registry,
    studio,
    workforces,
)

KINDS: dict[str, Kind] = {kind.noun: kind for family in _FAMILIES for kind in family.KINDS}
OPERATIONS: dict[str, Operation] = {
    name: operation for family in _FAMILIES for name, operation in getattr(family, "OPERATIONS", {}).items()
}
STORED: set[str] = {name for family in _FAMILIES for name in getattr(family, "STORED", ())}
"""the non-generic operations that only store and list"""
OWNERS = registry.OWNERS
