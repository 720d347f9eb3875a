"""Tests of `restorers/faces`."""
