"""Tests of `comparisons/benchmark`."""
