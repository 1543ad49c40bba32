"""The domain and its engine: needs, tasks, offers, groups, ladders."""
