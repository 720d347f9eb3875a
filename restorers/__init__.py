"""The picture side: what damages a face and what mends it."""
