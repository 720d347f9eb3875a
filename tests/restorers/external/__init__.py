"""Tests of `restorers/external`."""
