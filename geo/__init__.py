"""Places, areas, distance and address search; knows nothing of tasks."""
