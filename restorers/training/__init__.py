"""One way of training for every network: data sets, recipes, the one fit(), and the export of weights."""
