"""Text becomes values as kustomize's YAML parser reads it, and values become text as it writes it."""
