"""The page that the owner of a study looks after it with."""
