"""Name suffixes, each as `kubectl kustomize` v5.5.0 computed it."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.kustomize.name_hash import name_hash


def content(kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, **fields}


@pytest.mark.parametrize(
    ("generated", "suffix"),
    [
        (content("ConfigMap"), "6ct58987ht"),
        (content("ConfigMap", data={"a": "b"}), "4h2mbtbbt6"),
        (content("ConfigMap", data={"k": '<é&>"€😀'}), "kh5dd69dk4"),
        (content("ConfigMap", data={"a": "b", "c": "q", "d": "'q", "e": "x=y", "f": ""}), "d7f5mgfc45"),
        (
            content(
                "ConfigMap",
                binaryData={"long.bin": "/" * 70 + "\n" + "/" * 10 + "\n", "x": "//4="},
                data={"t.txt": "one\ntwo\n"},
            ),
            "bbt79bgdhc",
        ),
        (content("Secret", type="Opaque", data={}), "46f8b28mk5"),
        (content("Secret", type="Opaque", data={"a": "Yg=="}), "k695gkmbtk"),
        (content("Secret", type="kubernetes.io/tls", data={"a": "Yg=="}), "92982c4m8f"),
    ],
)
def test_suffix_is_kustomize_s(generated: dict[str, Any], suffix: str) -> None:
    assert name_hash(generated) == suffix


def test_only_what_the_object_holds_counts() -> None:
    plain = content("ConfigMap", data={"a": "b"})
    metadata = {"name": "other", "namespace": "n", "labels": {"l": "1"}}
    assert name_hash({**plain, "metadata": metadata, "immutable": True}) == name_hash(plain)


def test_order_of_keys_does_not_count() -> None:
    assert name_hash(content("ConfigMap", data={"a": "1", "b": "2"})) == name_hash(
        content("ConfigMap", data={"b": "2", "a": "1"})
    )


def test_any_value_counts() -> None:
    one = content("Secret", type="Opaque", data={"a": "Yg=="})
    assert len({name_hash(one), name_hash({**one, "type": "x"}), name_hash({**one, "stringData": {}})}) == 3
