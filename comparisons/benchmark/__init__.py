"""Many faces and every method: sweep, score, tabulate, report."""
