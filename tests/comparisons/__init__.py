"""Tests of `comparisons`."""
