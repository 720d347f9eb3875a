"""Where faces are, what covers them, and how a restored one goes back."""
