"""Tests of `comparisons/study`."""
