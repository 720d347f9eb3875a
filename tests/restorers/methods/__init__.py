"""Tests of `restorers/methods`."""
