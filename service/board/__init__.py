"""The dispatch board: what goes on, what needs a human, and what a coordinator does about it."""
