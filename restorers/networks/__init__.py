"""Building blocks and frozen networks that methods share."""
