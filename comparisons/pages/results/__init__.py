"""The Results and Ranking tabs: what the benchmark and the votes say."""
