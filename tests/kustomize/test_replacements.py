"""`replacements`, each expectation as `kubectl kustomize` v5.5.0 printed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.lookup import smarter_split
from bisectops.kustomize.replacements import Candidate, replace_all
from bisectops.kustomize.resource import Gvk, ResId
from bisectops.yaml.reader import documents

RESOURCES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: src, labels: {a: b}}
data: {k: hello, n: "8080", hp: host:80, t: "true", e: "", 'a.b': dotted}
num: 7
ver: 1.10
m: {p: q}
empty: {}
l: [a, b]
lm: [{name: x, v: 1}, {name: y, v: 2}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: dst, labels: {app: w}}
spec:
  replicas: 1
  containers:
  - {name: nginx, image: "nginx:1", env: [{name: A, value: "1"}]}
  - {name: nginx-side, image: "foo/bar:2", args: [aa, ab, c]}
  flag: true
  nothing: null
  f: 2.5
  q: "quoted"
"""


def resources() -> list[Mapping[str, Any]]:
    return list(documents(RESOURCES.encode()))


def replaced(source: Mapping[str, Any], target: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    replacement = {"source": {"kind": "ConfigMap", "name": "src", **source}, "targets": [target]}
    return replace_all(map(Candidate, resources()), [replacement])


def spec(
    value: str, *paths: str, source_options: Mapping[str, Any] | None = None, **options: Any
) -> Mapping[str, Any]:
    """The Deployment's spec once a value of the ConfigMap was put at the paths."""
    source = {"fieldPath": value, "options": source_options}
    target = {"select": {"kind": "Deployment"}, "fieldPaths": list(paths), "options": options}
    found: Mapping[str, Any] = replaced(source, target)[1]["spec"]
    return found


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a.b", ("a", "b")),
        ("a\\.b.c", ("a.b", "c")),
        ("a.[b.c/d].e", ("a", "b.c/d", "e")),
        ("a.[n=b.c].e", ("a", "[n=b.c]", "e")),
        ("a.[b].e", ("a", "[b]", "e")),
        (".a", ("a",)),
    ],
)
def test_path_is_split_at_dots_outside_brackets(path: str, steps: tuple[str, ...]) -> None:
    assert smarter_split(path) == steps


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("data.k", "hello"),
        ("data.[a.b]", "dotted"),
        ("data.a\\.b", "dotted"),
        ("num", "7"),
        ("ver", "1.10"),
        ("data.e", ""),
        ("m", ""),
        ("l.1", "b"),
        ("lm.[name=y].v", "2"),
        ("lm.-.v", "2"),
        ("", "src"),
    ],
)
def test_string_takes_the_text_of_what_the_source_names(value: str, expected: str) -> None:
    assert spec(value, "spec.q")["q"] == expected


def test_field_keeps_its_type() -> None:
    assert spec("data.n", "spec.replicas")["replicas"] == 8080
    assert spec("data.n", "spec.f")["f"] == 8080.0
    assert spec("data.t", "spec.flag")["flag"] is True


def test_created_field_takes_its_type_from_its_text() -> None:
    assert spec("data.n", "spec.new", create=True)["new"] == 8080
    assert spec("data.t", "spec.new.x", create=True)["new"] == {"x": True}
    assert spec("m", "spec.new", create=True)["new"] == {"p": "q"}


def test_lists_are_created_for_indices_and_entries() -> None:
    assert spec("data.k", "spec.new.[name=foo].image", create=True)["new"] == [
        {"name": "foo", "image": "hello"}
    ]
    assert spec("data.k", "spec.new.0.image", create=True)["new"] == [{"image": "hello"}]
    assert spec("data.k", "spec.new.[=foo]", create=True)["new"] == ["hello"]


def test_field_created_on_a_null_is_lost() -> None:
    assert spec("data.k", "spec.nothing.x", create=True)["nothing"] is None


def test_entry_matches_part_of_a_value_and_an_expression() -> None:
    images = [item["image"] for item in spec("data.k", "spec.containers.[name=nginx].image")["containers"]]
    assert images == ["hello", "hello"]
    images = [item["image"] for item in spec("data.k", "spec.containers.[name=^nginx$].image")["containers"]]
    assert images == ["hello", "foo/bar:2"]
    assert spec("data.k", "spec.containers.1.args.[=a]")["containers"][1]["args"] == ["hello", "hello", "c"]


def test_star_matches_every_element() -> None:
    images = [item["image"] for item in spec("data.k", "spec.containers.*.image")["containers"]]
    assert images == ["hello", "hello"]


@pytest.mark.parametrize(
    ("index", "image"),
    [(-1, "80:nginx:1"), (0, "80:1"), (1, "nginx:80"), (2, "nginx:1:80"), (5, "nginx:1:80")],
)
def test_delimiter_picks_a_part_of_the_source_and_of_the_target(index: int, image: str) -> None:
    found = spec(
        "data.hp",
        "spec.containers.0.image",
        source_options={"delimiter": ":", "index": 1},
        delimiter=":",
        index=index,
    )
    assert found["containers"][0]["image"] == image


def test_rejected_resources_are_left_alone() -> None:
    for reject in ({"name": "dst"}, {"labelSelector": "app=w"}):
        target = {"select": {}, "reject": [reject], "fieldPaths": ["metadata.labels.a"]}
        source, deployment = replaced({}, target)
        assert source["metadata"]["labels"]["a"] == "src"
        assert deployment == resources()[1]


def test_default_namespace_is_the_same_as_none() -> None:
    target = {"select": {"kind": "Deployment", "namespace": "default"}, "fieldPaths": ["spec.q"]}
    assert replaced({"namespace": "default"}, target)[1]["spec"]["q"] == "src"


def test_names_of_before_are_selected_too() -> None:
    before = ResId(Gvk("", "v1", "ConfigMap"), "was", "")
    candidate = Candidate(resources()[0], [before])
    replacement = {
        "source": {"name": "was", "fieldPath": "data.k"},
        "targets": [{"select": {"name": "was"}, "fieldPaths": ["metadata.labels.a"]}],
    }
    assert replace_all([candidate], [replacement])[0]["metadata"]["labels"] == {"a": "hello"}


def test_replacement_sees_the_names_that_those_before_it_gave() -> None:
    replacements = [
        {"source": {"kind": "ConfigMap"}, "targets": [{"select": {"kind": "Deployment"}}]},
        {
            "source": {"kind": "Deployment", "name": "src", "fieldPath": "spec.q"},
            "targets": [{"select": {"kind": "ConfigMap"}, "fieldPaths": ["data.k"]}],
        },
    ]
    source, deployment = replace_all(map(Candidate, resources()), replacements)
    assert deployment["metadata"]["name"] == "src"
    assert source["data"]["k"] == "quoted"


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        (
            "data.zz",
            "spec.q",
            "fieldPath `data.zz` is missing for replacement source ConfigMap.[noVer].[noGrp]/src",
        ),
        ("empty", "spec.q", "fieldPath `empty` is missing for replacement source"),
        ("lm.*.v", "spec.q", "error looking up replacement source: wildcard is not supported in PathGetter"),
        ("lm.-1.v", "spec.q", "error looking up replacement source: array index -1 cannot be negative"),
        ("l.[b]", "spec.q", "error looking up replacement source: list path element must contain"),
        ("data.k", "spec.new", 'unable to find field "spec.new" in replacement target'),
        (
            "data.k",
            "spec.containers.5.image",
            'unable to find field "spec.containers.5.image" in replacement target:'
            " index 5 specified but only 2 elements found",
        ),
        (
            "data.k",
            "spec.q.x",
            'unable to find field "spec.q.x" in replacement target:'
            " wrong node kind: expected MappingNode but got ScalarNode",
        ),
        (
            "data.k",
            "spec.containers.[name=(].image",
            'unable to find field "spec.containers.[name=(].image" in replacement target:'
            " error parsing regexp: missing closing ): `(`",
        ),
        ("data.k", "spec.replicas", "yaml: cannot decode !!str as a !!int"),
    ],
)
def test_path_that_leads_nowhere_fails_in_kustomize_s_words(value: str, path: str, message: str) -> None:
    with pytest.raises(BuildError) as failure:
        spec(value, path)
    assert failure.value.message.startswith(message)


@pytest.mark.parametrize(
    ("replacement", "message"),
    [
        ({"targets": [{"select": {}}]}, "replacements must specify a source and at least one target"),
        ({"source": {"kind": "ConfigMap"}}, "replacements must specify a source and at least one target"),
        (
            {"source": {"kind": "ConfigMap"}, "targets": []},
            "replacements must specify a source and at least one target",
        ),
        (
            {"source": {"kind": "ConfigMap"}, "targets": [{"fieldPaths": ["a"]}]},
            "target must specify resources to select",
        ),
        (
            {"source": {}, "targets": [{"select": {}}]},
            "multiple matches for selector [noKind].[noVer].[noGrp]/",
        ),
        (
            {"source": {"name": "zz", "fieldPath": "a.b"}, "targets": [{"select": {}}]},
            "nothing selected by [noKind].[noVer].[noGrp]/zz.[noNs]:a.b",
        ),
        (
            {
                "source": {"name": "src", "fieldPath": "data.hp", "options": {"delimiter": ":", "index": 2}},
                "targets": [{"select": {}}],
            },
            "options.index 2 is out of bounds for value",
        ),
        (
            {
                "source": {"name": "src", "fieldPath": "m", "options": {"delimiter": ":"}},
                "targets": [{"select": {}}],
            },
            "delimiter option can only be used with scalar nodes",
        ),
    ],
)
def test_replacement_that_cannot_be_fails_in_kustomize_s_words(
    replacement: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(BuildError) as failure:
        replace_all(map(Candidate, resources()), [replacement])
    assert failure.value.message.startswith(message)


def test_contents_are_left_as_they_were() -> None:
    before = resources()
    target = {"select": {"kind": "Deployment"}, "fieldPaths": ["spec.containers.*.image"]}
    replace_all(map(Candidate, before), [{"source": {"kind": "ConfigMap"}, "targets": [target]}])
    assert before == resources()
