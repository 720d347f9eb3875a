"""One face and every method: run, compare, reopen, share."""
