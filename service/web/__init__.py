"""What the service answers over HTTP: carriers' hooks, the API, pages, and signs of life."""
