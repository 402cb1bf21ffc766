"""Commits and their findings; knows nothing of Flux."""
