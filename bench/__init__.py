"""Measurements that the documentation quotes: ratios, taken side by side in one run."""
