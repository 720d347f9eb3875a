"""What can happen to a face: the named corruptions."""
