"""Tests of `comparisons/scenarios`."""
