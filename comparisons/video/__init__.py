"""A covered face in a clip, kept together over time."""
