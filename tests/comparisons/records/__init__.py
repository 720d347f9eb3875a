"""Tests of `comparisons/records`."""
