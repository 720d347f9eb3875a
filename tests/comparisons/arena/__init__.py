"""Tests of `comparisons/arena`."""
