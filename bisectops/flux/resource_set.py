"""ResourceSets with inputs that git shows, evaluated; of others, why they cannot be.

Facts: flux-operator internal/builder/resourceset.go and internal/inputs.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from bisectops.errors import BuildError, Unsupported, YamlError
from bisectops.flux.envsubst import Unknown
from bisectops.flux.go_template import render
from bisectops.flux.kinds import ObjectId, object_id
from bisectops.kustomize.label_selector import matches
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import mapping, mappings, sequence, text, text_map
from bisectops.yaml.reader import documents
from bisectops.yaml.writer import dump

RECONCILE = "fluxcd.controlplane.io/reconcile"
_MOST_INPUTS = 2_000

Tree: TypeAlias = Mapping[str, Node]
Inputs: TypeAlias = Mapping[str, Node]


class ResourceSetError(BuildError):
    """The ResourceSet fails: the message of its Ready condition."""


def evaluate(tree: Tree, input_providers: Iterable[Tree] = ()) -> tuple[Tree, ...]:
    """The objects that a ResourceSet applies, each once.

    `input_providers` are the ResourceSetInputProviders of the cluster. Raises ResourceSetError, and
    Unsupported where only the cluster knows: inputs from a Git host or a registry, or a template
    function that is not known here.
    """
    try:
        inputs = _combined(tree, tuple(input_providers))
    except ResourceSetError as error:
        raise ResourceSetError(f"failed to compute inputs: {error.message}") from error
    if inputs is not None and not inputs:
        return ()
    try:
        built = tuple(_with_metadata(tree, each) for each in _built(mapping(tree, "spec"), inputs))
    except Unsupported:
        raise
    except BuildError as error:
        raise ResourceSetError(f"build failed: {error.message}") from error
    return built


def _combined(tree: Tree, providers: Sequence[Tree]) -> list[Inputs] | None:
    """Every set of inputs; None without any input or provider, where each template runs once."""
    own = [dict(each) for each in mappings(tree, "spec", "inputs")]
    named = _chosen(tree, providers)
    if not own and not sequence(tree, "spec", "inputsFrom"):
        return None
    exported = [(tree, [_with_provider(each, tree) for each in own])]
    exported += [(provider, [_with_provider(_exported(provider), provider)]) for provider in named]
    if text(tree, "spec", "inputStrategy", "name") == "Permute":
        return _permuted(exported)
    return list(itertools.islice((each for _, inputs in exported for each in inputs), _MOST_INPUTS))


def _with_provider(inputs: Inputs, provider: Tree) -> Inputs:
    about = {
        "apiVersion": text(provider, "apiVersion") or "",
        "kind": text(provider, "kind") or "",
        "name": text(provider, "metadata", "name") or "",
        "namespace": text(provider, "metadata", "namespace") or "",
    }
    return {**inputs, "provider": about}


def _chosen(tree: Tree, providers: Sequence[Tree]) -> list[Tree]:
    """The input providers that inputsFrom names, in the ResourceSet's own namespace, sorted."""
    here = object_id(tree).namespace
    near = {object_id(each): each for each in providers if object_id(each).namespace == here}
    found: dict[ObjectId, Tree] = {}
    for ref in mappings(tree, "spec", "inputsFrom"):
        if name := text(ref, "name"):
            chosen = {key: each for key, each in near.items() if key.name == name}
            if not chosen:
                raise ResourceSetError(f'ResourceSetInputProvider "{name}" not found')
            found |= chosen
        else:
            wanted = _label_selector(mapping(ref, "selector"))
            found |= {
                key: each
                for key, each in near.items()
                if matches(wanted, text_map(each, "metadata", "labels"))
            }
    return [found[key] for key in sorted(found)]


def _label_selector(selector: Tree) -> str:
    """matchLabels and matchExpressions in the one-line form."""
    parts = [f"{key}={value}" for key, value in text_map(selector, "matchLabels").items()]
    for each in mappings(selector, "matchExpressions"):
        key, operator = text(each, "key") or "", text(each, "operator") or ""
        values = ",".join(str(value) for value in sequence(each, "values"))
        forms = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        parts.append(forms.get(operator, key))
    return ",".join(parts)


def _exported(provider: Tree) -> Inputs:
    kind = text(provider, "spec", "type") or ""
    if kind != "Static":
        raise Unsupported(f"inputs of type {kind or 'unknown'} are not in git")
    name = text(provider, "metadata", "name") or ""
    return {**mapping(provider, "spec", "defaultValues"), "id": str(Unknown(f"{name}:id"))}


def _permuted(exported: Sequence[tuple[Tree, list[Inputs]]]) -> list[Inputs]:
    """One set of inputs for each combination, scoped by the providers' names."""
    kept = [(_scope(object_id(provider).name), inputs) for provider, inputs in exported if inputs]
    if not kept:
        return []
    combinations: list[Inputs] = []
    for chosen in itertools.product(*(inputs for _, inputs in kept)):
        if len(combinations) >= _MOST_INPUTS:
            raise Unsupported(f"more than {_MOST_INPUTS} permutations are not evaluated")
        scoped: dict[str, Node] = {scope: inputs for (scope, _), inputs in zip(kept, chosen, strict=True)}
        combinations.append({**scoped, "id": str(Unknown(f"permutation:{len(combinations)}"))})
    return combinations


def _scope(name: str) -> str:
    words = re.sub(r"[^a-z0-9_]", "", name.lower().replace("-", "_")).split("_")
    return "_".join(filter(None, words))


def _built(spec: Tree, inputs: list[Inputs] | None) -> list[Tree]:
    steps = mappings(spec, "steps")
    if not steps:
        return _of_step(spec, inputs)
    if sequence(spec, "resources") or text(spec, "resourcesTemplate"):
        raise ResourceSetError(
            "spec.steps is mutually exclusive with spec.resources and spec.resourcesTemplate"
        )
    return _of_steps(steps, inputs)


def _of_steps(steps: Sequence[Tree], inputs: list[Inputs] | None) -> list[Tree]:
    owner: dict[ObjectId, str] = {}
    built: list[Tree] = []
    for step in steps:
        name = text(step, "name") or ""
        for each in _of_step(step, inputs):
            before = owner.setdefault(object_id(each), name)
            if before != name:
                about = f'{object_id(each)} in step "{name}", already defined in step "{before}"'
                raise ResourceSetError(f"duplicate resource {about}")
            built.append(each)
    return built


def _of_step(step: Tree, inputs: list[Inputs] | None) -> list[Tree]:
    """resources, then resourcesTemplate; of equal objects the first counts."""
    built: dict[ObjectId, Tree] = {}
    for template in mappings(step, "resources"):
        for each in _rendered(dump(template), inputs, drops_disabled=inputs is not None):
            built.setdefault(object_id(each), each)
    if template_text := text(step, "resourcesTemplate"):
        for each in _rendered(template_text, inputs, drops_disabled=True):
            built.setdefault(object_id(each), each)
    return list(built.values())


def _rendered(template: str, inputs: list[Inputs] | None, *, drops_disabled: bool) -> Iterator[Tree]:
    for values in [None] if inputs is None else inputs:
        for each in _read(render(template, values)):
            disabled = text_map(each, "metadata", "annotations").get(RECONCILE) == "disabled"
            if not (disabled and drops_disabled):
                yield each


def _read(rendered: str) -> Iterator[Tree]:
    try:
        trees = documents(rendered.encode("utf-8", "surrogateescape"))
    except YamlError as error:
        raise ResourceSetError(f"failed to read object: {error.message}") from error
    yield from (each for each in trees if isinstance(each, dict) and text(each, "kind"))


def _with_metadata(owner: Tree, tree: Tree) -> Tree:
    """spec.commonMetadata laid over an object's own."""
    common = mapping(owner, "spec", "commonMetadata")
    added = {
        field: {**mapping(tree, "metadata", field), **values}
        for field in ("labels", "annotations")
        if (values := text_map(common, field))
    }
    return {**tree, "metadata": {**mapping(tree, "metadata"), **added}} if added else tree
