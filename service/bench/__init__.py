"""Measurements of the real program, each beside a plain floor in the same run (deploy/performance.md)."""
