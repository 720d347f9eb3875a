"""What each method is trained for."""
