"""The evidence side: what was shown, measured and preferred."""
