"""`openapi`: the schema a build goes by, chosen once, by the first kustomization that names one.

Facts: kyaml/openapi/openapi.go (SetSchema).
"""

from __future__ import annotations

from collections.abc import Mapping

from bisectops.errors import BuildError
from bisectops.kustomize.loader import Loader
from bisectops.kustomize.reading import value_of
from bisectops.kustomize.schema import BUILTIN, Schema

_VERSION = "v1.21.2"


class Schemas:
    """The schema of one build."""

    def __init__(self) -> None:
        self.current: Schema = BUILTIN
        self.chosen = False

    def choose(self, openapi: Mapping[str, str], loader: Loader, *, root: bool) -> None:
        """Go by the schema that a kustomization names, unless another one was there first."""
        path, version = openapi.get("path"), openapi.get("version")
        document = loader.parsed(path, "value", value_of) if path is not None else None
        if self.chosen and not root:
            return
        if path is not None:
            if version is not None:
                raise BuildError("builtin version and custom schema provided, cannot use both")
            self.current = Schema((document or {},), builtin=not root)
            self.chosen = True
        elif version:
            if version != _VERSION:
                raise BuildError("the specified OpenAPI version is not built in")
            self.chosen = True
