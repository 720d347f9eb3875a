"""The blind study: its plan, its pool, its pairs, its log of votes."""
