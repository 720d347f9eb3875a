"""A covered face in one's own photograph, put back into it."""
