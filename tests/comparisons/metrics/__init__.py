"""Tests of `comparisons/metrics`."""
