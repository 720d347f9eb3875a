"""What the votes say: strengths, intervals, agreement."""
