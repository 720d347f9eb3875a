"""Tests of `restorers/corruptions`."""
