"""The page of the areas: what they look like, and moving their boundaries."""
