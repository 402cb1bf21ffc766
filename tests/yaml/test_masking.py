from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisectops.yaml.masking import masked

CANARY = "hunter2"

LEAKS = {
    "styles": (
        "kind: Secret\ndata:\n  a: hunter2\n  b: |\n    hunter2\n      hunter2\n\n    # hunter2\n"
        '  c: >-\n    hunter2\n  d: "hunter2\n    hunter2"\n  e: hunter2\n    hunter2\n'
        "  f: 'hunter2'\n  g: [hunter2, {h: hunter2}]\n"
    ),
    "comments": (
        "# hunter2\nkind: Secret # hunter2\ndata:\n  # a: hunter2\n  b: hunter2 # hunter2\n# hunter2\n"
    ),
    "base64": "kind: Secret\ndata:\n  a: aHVudGVyMg==hunter2\n",
    "flow": ("{kind: Secret, stringData: {a: hunter2, \"b\": 'hunter2', c: !!str hunter2, d: &d hunter2}}\n"),
    "json": '{"apiVersion":"v1","kind":"Secret","data":{"a":"hunter2"}}\n',
    "escaped kind": 'kind: "\\x53ecret"\ndata: {a: hunter2}\n',
    "aliased kind": "x: &k Secret\nkind: *k\ndata: {a: hunter2}\n",
    "merged kind": "base: &b {kind: Secret}\nother:\n  <<: *b\n  data: {a: hunter2}\n",
    "merged data": "base: &b {data: {a: hunter2}}\nother:\n  <<: *b\n  kind: Secret\n",
    "aliased value": "x: &s hunter2\ny: &m {p: hunter2}\nkind: Secret\ndata: {a: *s, <<: *m}\n",
    "list": "kind: List\nitems:\n- kind: Secret\n  data: {a: hunter2}\n",
    "late kind": "data:\n  a: hunter2\nkind: Secret\n",
    "complex keys": "kind: Secret\n? data\n: ? a\n  : hunter2\n",
    "data is a list": "kind: Secret\ndata:\n- hunter2\n",
    "data is text": "kind: Secret\nstringData: hunter2\n",
    "stringData alone": "stringData:\n  a: hunter2\n",
    "patch": "patches:\n- patch: |-\n    kind: Secret\n    stringData:\n      a: hunter2\n",
    "patch in quotes": 'patches:\n- patch: "kind: Secret\\ndata: {a: hunter2}"\n',
    "patch by operations": (
        "patches:\n- patch: |\n    - op: replace\n      path: /data/password\n      value: hunter2\n"
    ),
    "operations": "- op: add\n  path: /stringData\n  value: {a: hunter2}\n",
    "generator": "secretGenerator:\n- literals:\n  - password=hunter2\n  - 'token=hunter2'\n",
    "last applied": ('metadata:\n  annotations:\n    last: \'{"kind":"Secret","data":{"a":"hunter2"}}\'\n'),
    "sops": ("a: 1\nsops:\n  mac: hunter2\n  age:\n  - enc: |\n      hunter2\n  lastmodified: 'hunter2'\n"),
    "ciphertext": ("a: ENC[AES256_GCM,data:hunter2,iv:x]\n# ENC[AES256_GCM,data:hunter2]\nb: ENC[hunter2\n"),
    "age key": "a: AGE-SECRET-KEY-1QQ\nb: |\n  -----BEGIN AGE ENCRYPTED FILE-----\n  hunter2\n",
    "private key": ("a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  hunter2\n  -----END RSA PRIVATE KEY-----\n"),
    "no yaml": (
        "kind: Secret\ndata:\n  a: hunter2\n b: hunter2\n  name: hunter2\n  kind: hunter2\n"
        "  hunter2\n- hunter2\n"
    ),
    "separator": ("a: 1\n--- {kind: Secret, data: {a: hunter2}}\n---\nkind: Secret\ndata: {a: hunter2}\n"),
    "dots": "a: 1\n...\nkind: Secret\ndata: {a: hunter2}\n",
    "byte order mark": "\ufeffkind: Secret\ndata: {a: hunter2}\n",
    "windows": "kind: Secret\r\ndata:\r\n  a: hunter2\r\n  b: |\r\n    hunter2\r\n",
    "properties": "kind: Secret\ndata: !<tag:x> &q\n  a: !!binary &r |\n    hunter2\n",
    "self": "kind: Secret\ndata: &d {a: *d, b: hunter2}\n",
    "control characters": "kind: Secret\ndata: {a: hunter2}\nb: \x01\n",
}


@pytest.mark.parametrize("text", LEAKS.values(), ids=LEAKS)
def test_no_secret_is_left_and_no_line_is_lost(text: str) -> None:
    assert CANARY not in masked(text)
    assert masked(text).count("\n") == text.count("\n")


def test_keys_and_what_is_no_secret_stay() -> None:
    head = "kind: Secret\nmetadata:\n  name: sops-age\nstringData:\n"
    text = f"{head}  age.agekey: x\n  other: |\n    y\ntype: Opaque\n"
    assert masked(text) == f"{head}  age.agekey: ***\n  other: |\n    ***\ntype: Opaque\n"


@pytest.mark.parametrize(
    "text",
    [
        "kind: ConfigMap\ndata:\n  a: visible # yes\n",
        "spec:\n  valuesFrom: [{kind: Secret, name: x}]\n  values:\n    data: {existingClaim: y}\n",
        "spec:\n  decryption: # why\n    provider: sops\n    secretRef: {name: sops-age}\n",
        "sops: {enabled: true}\n",
        "patches:\n- target: {kind: Secret}\n  patch: |\n    - op: remove\n      path: /metadata/labels\n",
    ],
)
def test_what_holds_no_secret_is_left_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_the_name_of_a_literal_stays() -> None:
    shown = masked("secretGenerator:\n- name: x\n  literals: [user=a, 'pass=b']\n")
    assert shown == "secretGenerator:\n- name: x\n  literals: [user=***, 'pass=***']\n"


@pytest.mark.parametrize(
    "text",
    [
        "kind: Secret\n [\na" + " " * 200_000,
        "-----BEGIN " + "PRIVATE KEY" * 20_000,
        "kind: Secret\n" + "ENC[" * 100_000,
        "kind: Secret\ndata: " + "[" * 50_000,
        "kind: Secret\na0: &a0 {data: {b: c}}\n"
        + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 3000)),
        "kind: Secret\ndata: &d [" + "x, " * 3000 + "]\nitems:\n" + "- {kind: Secret, data: *d}\n" * 3000,
    ],
    ids=["blanks", "keys", "ciphertext", "brackets", "merges", "aliases"],
)
def test_hostile_texts_are_masked_soon(text: str) -> None:
    start = time.process_time()
    masked(text)
    assert time.process_time() - start < 3


_BLANKS = st.sampled_from(["", " ", "  ", " # c\n", "\n", "\n\n"])
_STYLES = st.sampled_from(
    [
        "{0}",
        '"{0}"',
        "'{0}'",
        "|\n   {0}\n   {0}",
        ">-\n   {0}\n\n    {0}",
        "&x {0}",
        "!!str {0}",
        "[{0}, b: {0}]",
    ]
)


@given(
    st.lists(st.tuples(_STYLES, _BLANKS), min_size=1, max_size=5),
    st.booleans(),
    st.text("ab:#-{}[]'\"|>&*!\n ", max_size=8),
)
def test_no_mixture_of_styles_or_damage_leaks(values: list[tuple[str, str]], late: bool, damage: str) -> None:
    fields = "".join(
        f"  k{index}: {style.format(CANARY)}{after}\n" for index, (style, after) in enumerate(values)
    )
    text = f"data:\n{fields}kind: Secret\n" if late else f"kind: Secret\nstringData:\n{fields}"
    for damaged in (text, text + damage, damage + "\n" + text):
        assert CANARY not in masked(damaged)
