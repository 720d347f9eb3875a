"""Tests of `comparisons/ranking`."""
