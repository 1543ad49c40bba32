"""The demo: the real program with a carrier and people that are simulated."""
