"""Tests of `restorers/compositing`."""
