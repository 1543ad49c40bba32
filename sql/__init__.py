"""Migrations, named queries and what loads and runs them."""
