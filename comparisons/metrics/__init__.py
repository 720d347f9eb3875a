"""How far a restored face is from the true one."""
