"""What the networks of each method are trained for: one module a method, named for its key."""
