"""Tests of `restorers/sandbox`."""
