"""Generated ConfigMaps and Secrets, each expectation as `kubectl kustomize` v5.5.0 printed it."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.generators import config_map, merged_options, secret, wrapped_base64

FILES = {
    "a.env": b"FOO=bar\n# c\n\n  LEAD=x \nEMPTY=\nNONE\nA=b=c\n=nothing\n",
    "bom.env": b'\xef\xbb\xbfBOM=1\r\nQ="x"\r\n',
    "bad.env": b"K=v\nB=\xff\n",
    "t.txt": b"one\ntwo\n",
    "dir/b.bin": b"\xff\xfe",
    "long.bin": b"\xff" * 60,
    "huge.env": b"A=1\nB=" + b"x" * 65536 + b"\nC=2\n",
    "delete.txt": b"\x7f",
}


def read(path: str) -> bytes:
    return FILES[path]


def made(**args: Any) -> dict[str, Any]:
    return config_map({"name": "a", **args}, None, read)


def test_generator_without_sources_makes_a_map_without_data_and_a_secret_with_none() -> None:
    assert made() == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    assert secret({"name": "a"}, None, read) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a"},
        "type": "Opaque",
        "data": {},
    }


def test_literals_lose_one_pair_of_quotes() -> None:
    literals = ["a=b", 'c="q"', "d='q", "e=x=y", "f=", "g=''", "h='"]
    assert made(literals=literals)["data"] == {
        "a": "b",
        "c": "q",
        "d": "'q",
        "e": "x=y",
        "f": "",
        "g": "",
        "h": "'",
    }


def test_env_files_skip_comments_and_blanks_and_take_nothing_from_the_environment() -> None:
    assert made(envs=["a.env", "bom.env"])["data"] == {
        "A": "b=c",
        "BOM": "1",
        "EMPTY": "",
        "FOO": "bar",
        "LEAD": "x ",
        "NONE": "",
        "Q": '"x"',
    }


def test_env_is_one_more_env_file() -> None:
    assert made(env="bom.env")["data"] == {"BOM": "1", "Q": '"x"'}


def test_env_file_ends_silently_at_a_line_too_long_for_go_s_scanner() -> None:
    assert made(envs=["huge.env"])["data"] == {"A": "1"}


def test_files_are_keyed_by_their_last_name_unless_told() -> None:
    generated = made(files=["t.txt", "dir/b.bin", "x=dir/b.bin"])
    assert generated["data"] == {"t.txt": "one\ntwo\n"}
    assert generated["binaryData"] == {"b.bin": "//4=", "x": "//4="}


def test_long_base64_is_cut_into_lines_of_seventy() -> None:
    assert wrapped_base64(b"\xff" * 60) == "/" * 70 + "\n" + "/" * 10 + "\n"
    assert wrapped_base64(b"\xff" * 51) == "/" * 68
    assert wrapped_base64(b"x" * 52) == "eHh4" * 17 + "eA\n==\n"


def test_secret_holds_everything_in_base64_and_keeps_its_type() -> None:
    generated = secret({"name": "a", "type": "kubernetes.io/tls", "literals": ["a=b"]}, None, read)
    assert generated["type"] == "kubernetes.io/tls"
    assert generated["data"] == {"a": "Yg=="}


def test_options_add_labels_annotations_and_immutability() -> None:
    options = {"labels": {"l": "1"}, "annotations": {"an": "x"}, "immutable": True}
    generated = config_map({"name": "a", "namespace": "nsp", "literals": ["a=b"]}, options, read)
    assert generated["metadata"] == {
        "name": "a",
        "namespace": "nsp",
        "labels": {"l": "1"},
        "annotations": {"an": "x"},
    }
    assert generated["immutable"] is True


def test_own_options_win_over_shared_ones_except_against_true() -> None:
    own = {"labels": {"a": "own"}, "immutable": False}
    shared = {"labels": {"a": "shared", "b": "shared"}, "immutable": True, "disableNameSuffixHash": False}
    assert merged_options(own, shared) == {
        "labels": {"a": "own", "b": "shared"},
        "annotations": {},
        "immutable": True,
        "disableNameSuffixHash": False,
    }
    assert merged_options(own, None) is own


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"name": ""}, "a configmap must have a name"),
        (
            {"literals": ["a"]},
            "loading KV pairs: literal sources: invalid literal source, expected key=value",
        ),
        (
            {"literals": ["b=1", "=a"]},
            "loading KV pairs: literal sources: invalid literal source, expected key=value",
        ),
        (
            {"files": ["a=b=c"]},
            "loading KV pairs: file sources: [a=b=c]: source \"a=b=c\" key name or file path contains '='",
        ),
        (
            {"files": ["=t.txt"]},
            "loading KV pairs: file sources: [=t.txt]: "
            'missing key name for file path "t.txt" in source "=t.txt"',
        ),
        (
            {"files": ["k="]},
            'loading KV pairs: file sources: [k=]: missing file path for key name "k" in source "k="',
        ),
        (
            {"envs": ["bad.env"]},
            "loading KV pairs: env source files: [bad.env]: line 2 has invalid utf8 bytes",
        ),
        ({"literals": ["a=1"], "files": ["a=t.txt"]}, "configmap a illegally repeats the key `a`"),
        ({"literals": ["404=x"]}, "json: unsupported type: map[interface {}]interface {}"),
        ({"literals": ["true=x"]}, "json: unsupported type: map[interface {}]interface {}"),
        ({"files": ["delete.txt"]}, "yaml: control characters are not allowed"),
    ],
)
def test_bad_source_fails_in_kustomize_s_words_without_its_values(args: dict[str, Any], message: str) -> None:
    with pytest.raises(BuildError) as failure:
        made(**args)
    assert failure.value.message == message
