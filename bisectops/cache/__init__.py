"""Answers kept on disk between runs."""
