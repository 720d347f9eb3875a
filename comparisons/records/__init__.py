"""What is written down beside numbers, and how numbers are summed up."""
