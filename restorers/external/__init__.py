"""Methods that are not in this repository: how they get in, one file a door."""
