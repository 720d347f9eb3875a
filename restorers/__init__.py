"""The picture side: what corrupts a face and what restores it."""
