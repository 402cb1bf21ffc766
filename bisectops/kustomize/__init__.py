"""A folder becomes resources, as kustomize v5.5.0 makes them."""

from bisectops.kustomize.resource import Broken, Built, Resource
from bisectops.kustomize.target import Builder, build

__all__ = ["Broken", "Builder", "Built", "Resource", "build"]
