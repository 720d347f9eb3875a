"""Tests of `restorers/training/objectives`."""
