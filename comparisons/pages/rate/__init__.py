"""The tab where people rate: blind pairs."""
