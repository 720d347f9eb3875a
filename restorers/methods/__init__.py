"""One file per method: paper, network, restorer, objective."""
