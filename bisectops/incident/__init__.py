"""Findings over time become a story with causes."""
