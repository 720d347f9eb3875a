"""Tests of `restorers`."""
