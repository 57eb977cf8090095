"""Each module's case coverage meets the gate in pyproject.toml."""

from __future__ import annotations

from modproof.core.results import CoverageResult


def test_each_module_is_at_its_gate(module_coverage: CoverageResult) -> None:
    below = {
        module.module: [
            f"{item.place}: {item.name} ({gap.state}): {gap.missing}" for item in module.items for gap in item.missing
        ]
        for module in module_coverage.modules
        if module.gate is None or module.percent < module.gate
    }
    assert below == {}


def test_no_exclusion_is_wrong_or_needless(module_coverage: CoverageResult) -> None:
    assert [str(problem) for module in module_coverage.modules for problem in module.problems] == []
