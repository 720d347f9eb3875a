"""Tests of `comparisons/pages`."""
