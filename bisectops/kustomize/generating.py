"""A kustomization's generators: configured first, then run one after the other.

Facts: kustomize api/internal/target/kusttarget.go (runGenerators).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bisectops.errors import BuildError, Unsupported
from bisectops.kustomize import provenance
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.failure import Remote, within
from bisectops.kustomize.generators import config_map, merged_options, secret
from bisectops.kustomize.kustomization import Fields, Kustomization
from bisectops.kustomize.provenance import Configurer
from bisectops.kustomize.resource import Node, Origin, Resource, id_of
from bisectops.kustomize.transformers.configure import Place

Made = Callable[[Accumulator], Resource]


@dataclass(frozen=True, slots=True)
class Generator:
    """A configured generator, and what origin annotations say of it."""

    make: Made
    by: Configurer | None


def run(generators: list[Generator], gathered: Accumulator) -> None:
    """Absorb what the generators make."""
    for generator in generators:
        made = provenance.generated(generator.make(gathered), generator.by)
        try:
            gathered.absorb(made)
        except BuildError as error:
            raise within(error, "merging from generator") from None


def builtin_generators(
    asked: Kustomization, place: Place, configurer: Callable[[str], Configurer | None]
) -> list[Generator]:
    """The generators that a kustomization's own fields ask for."""
    shared = asked.generator_options
    found = [
        Generator(maker(config_map, args, shared, place, position), configurer("ConfigMapGenerator"))
        for position, args in enumerate(asked.config_maps)
    ]
    found += [
        Generator(maker(secret, args, shared, place, position), configurer("SecretGenerator"))
        for position, args in enumerate(asked.secrets)
    ]
    return found


def refuse_charts(asked: Kustomization) -> None:
    """Charts are inflated by helm, which kustomize runs only when told to, and kustomize-controller never."""
    if asked.helm_charts:
        raise Unsupported(
            "trouble configuring builtin HelmChartInflationGenerator: must specify --enable-helm"
        )


Recipe = Callable[[Mapping[str, Node], Fields | None, Callable[[str], bytes]], dict[str, Node]]


def maker(recipe: Recipe, args: Fields, shared: Fields | None, place: Place, position: int) -> Made:
    """A function that makes one ConfigMap or Secret."""
    options = merged_options(args.get("options"), shared)

    def make(gathered: Accumulator) -> Resource:
        content = recipe(args, options, lambda path: _read(path, place, gathered))
        return Resource(
            content=content,
            id=id_of(content),
            origin=Origin(place.path, position, generated=True),
            needs_hash=not (options or {}).get("disableNameSuffixHash"),
            behavior=_behavior(args.get("behavior", "")),
        )

    return make


def _behavior(written: str) -> str:
    return written if written in ("merge", "replace") else "create"


def _read(path: str, place: Place, gathered: Accumulator) -> bytes:
    try:
        data = place.loader.load(path)
        gathered.take(len(data))
        return data
    except Remote as error:
        gathered.leave_out(error, place.path)
        return b""
