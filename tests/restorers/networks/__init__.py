"""Tests of `restorers/networks`."""
