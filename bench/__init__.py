"""Benchmarks quoted in the documentation: ratios, measured together in one run."""
