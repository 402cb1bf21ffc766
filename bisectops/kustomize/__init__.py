"""A folder becomes resources, as kustomize v5.5.0 makes them."""
