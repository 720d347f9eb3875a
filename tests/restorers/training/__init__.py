"""Tests of `restorers/training`."""
