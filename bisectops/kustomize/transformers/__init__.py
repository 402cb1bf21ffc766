"""Kustomize's transformers, each configured first and run in its turn."""
