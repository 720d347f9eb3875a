"""Tests of `comparisons/video`."""
