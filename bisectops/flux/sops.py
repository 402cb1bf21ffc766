"""What SOPS has encrypted, told without a key: which fields, for whom, and what becomes of it undecrypted.

No value is ever returned. Facts: kustomize-controller internal/decryptor/decryptor.go, fluxcd/pkg
ssa/normalize/normalize.go, getsops/sops sops.go.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import NamedTuple

from bisectops.flux.controller import Version
from bisectops.kustomize.resource import Node
from bisectops.memo import Identified
from bisectops.yaml.fields import mapping, mappings, text

DECRYPT = "kustomize.toolkit.fluxcd.io/decrypt"
_CIPHERTEXT = "ENC["
_MARKERS = {
    "json": b'"mac": "ENC[',
    "yaml": b"mac: ENC[",
    "dotenv": b"sops_mac=ENC[",
    "ini": b"[sops]",
    "binary": b'"mac": "ENC[',
}
_RECIPIENTS = {
    "age": "recipient",
    "pgp": "fp",
    "kms": "arn",
    "gcp_kms": "resource_id",
    "azure_kv": "name",
    "hc_vault": "key_name",
}
_KEY_NAMES = {
    "sops.vault-token": "hc_vault",
    "sops.aws-kms": "kms",
    "sops.azure-kv": "azure_kv",
    "sops.gcp-kms": "gcp_kms",
}
_BUILT_IN_GROUPS = frozenset(("", "apps", "autoscaling", "batch", "extensions", "policy")) | {
    f"{group}.k8s.io"
    for group in (
        *("admissionregistration", "authentication", "authorization", "certificates", "coordination"),
        *("discovery", "events", "flowcontrol.apiserver", "networking", "node", "rbac.authorization"),
        *("resource", "scheduling", "storage"),
    )
}
_SUFFIXES = (".yaml", ".yml", ".json", ".env", ".ini", ".dockerconfigjson")
_CALLED = {"yaml": "YAML", "dotenv": "dotenv", "ini": "INI"}
_JSON_OF_TYPES = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
_FIELDS_TOLD = 200

NEWEST: Version = (1, 9, 4)
"""The kustomize-controller whose behaviour holds where a commit does not tell its version."""


class Opened(Enum):
    """When a Kustomization with decryption opens what is encrypted."""

    AFTER_BUILD = "after the build"
    """The object itself, or whole files in a Secret's data."""
    BEFORE_BUILD = "before the build"
    """The lines of a generator's env file: once they are a Secret, nothing opens them any more."""
    NEVER = "never"
    """A ConfigMap's data, a Secret that lost its metadata, or decryption disabled by annotation."""


class Fate(Enum):
    """What becomes of an encrypted object that is not decrypted."""

    REFUSED = "refused"
    """The controller's own guard or decoder stops the whole Kustomization: `refusal` has the words."""
    APPLIED = "applied"
    """Ciphertext reaches the cluster and the Kustomization is Ready."""
    REJECTED = "rejected"
    """The API server does not know the field `sops` of this kind, or what is in it (inferred)."""


class Recipient(NamedTuple):
    """Who can decrypt: an age recipient, a PGP fingerprint, a KMS key."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted:
    """What can be told of an encrypted object."""

    opened: Opened
    fields: tuple[tuple[str, ...], ...]
    """Where ciphertext stands, as paths of keys."""
    recipients: tuple[Recipient, ...] = ()
    encrypted_regex: str | None = None


_known: Identified[Encrypted | None] = Identified(4_000)
"""Whoever applies an object is judged more often than the object changes."""


def encrypted(tree: Mapping[str, Node], *, controller: Version = NEWEST) -> Encrypted | None:
    """How a built object is encrypted; None for one that is not, whatever its file is called."""
    return _known.get((tree,), controller, lambda: _encrypted(tree, controller))


def _encrypted(tree: Mapping[str, Node], controller: Version) -> Encrypted | None:
    sops = mapping(tree, "sops")
    if text(sops, "mac"):
        return Encrypted(
            opened=Opened.NEVER if decryption_disabled(tree, controller) else Opened.AFTER_BUILD,
            fields=tuple(islice(_ciphertext({k: v for k, v in tree.items() if k != "sops"}), _FIELDS_TOLD)),
            recipients=tuple(_recipients(sops)),
            encrypted_regex=text(sops, "encrypted_regex"),
        )
    if tree.get("kind") not in ("Secret", "ConfigMap"):
        return None
    openable = tree["kind"] == "Secret" and not decryption_disabled(tree, controller)
    found = [
        (opened, path)
        for path, value in _values(tree)
        if (opened := _opened(value, in_secret=openable and path[0] == "data"))
    ]
    if not found:
        return None
    order = list(Opened)
    return Encrypted(
        opened=max((opened for opened, _ in found), key=order.index),
        fields=tuple(path for _, path in found[:_FIELDS_TOLD]),
    )


def decryption_disabled(tree: Mapping[str, Node], controller: Version = NEWEST) -> bool:
    """Does an annotation keep the controller (1.8 and later) from decrypting and from guarding?"""
    if controller < (1, 8):
        return False
    value = mapping(tree, "metadata", "annotations").get(DECRYPT)
    return isinstance(value, str) and value.lower() == "disabled"


def _ciphertext(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(node, str):
        if node.startswith(_CIPHERTEXT) and node.endswith("]"):
            yield path
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _ciphertext(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _ciphertext(value, (*path, str(index)))


def _recipients(sops: Mapping[str, Node]) -> Iterator[Recipient]:
    for group in (sops, *mappings(sops, "key_groups")):
        for kind, field in _RECIPIENTS.items():
            for entry in mappings(group, kind):
                if name := text(entry, field):
                    yield Recipient(kind, name)


def _values(tree: Mapping[str, Node]) -> Iterator[tuple[tuple[str, str], bytes]]:
    """Each value of a Secret or ConfigMap as bytes."""
    for field in ("data", "stringData", "binaryData"):
        in_base64 = field == "binaryData" or (field == "data" and tree["kind"] == "Secret")
        for key, value in mapping(tree, field).items():
            if isinstance(value, str):
                data = _decoded(value) if in_base64 else value.encode("utf-8", "surrogateescape")
                if data is not None:
                    yield (field, key), data


def _opened(value: bytes, *, in_secret: bool) -> Opened | None:
    if markers(value):
        return Opened.AFTER_BUILD if in_secret else Opened.NEVER
    if value.startswith(b"ENC[AES256_GCM,") and value.endswith(b"]"):
        return Opened.BEFORE_BUILD if in_secret else Opened.NEVER
    return None


def _decoded(value: str) -> bytes | None:
    """Base64 as Go's encoding/json reads a []byte; None for what it refuses."""
    try:
        return base64.b64decode(value.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        return None


def fate(tree: Mapping[str, Node], *, controller: Version = NEWEST) -> Fate:
    """What becomes of an encrypted object that reaches the API undecrypted."""
    if tree.get("kind") != "Secret" or tree.get("apiVersion") != "v1":
        return Fate.APPLIED if _is_built_in(tree) or "sops" not in tree else Fate.REJECTED
    if "sops" not in tree or decryption_disabled(tree, controller):
        return Fate.APPLIED
    both = (0, 17) <= controller < (0, 22)
    if both or not _converts(tree):
        return Fate.REFUSED
    return Fate.REJECTED if _garbled_logins(tree) else Fate.APPLIED


def _garbled_logins(tree: Mapping[str, Node]) -> list[str]:
    """The keys of a Secret whose type wants JSON in them, which ciphertext is not."""
    wanted = _JSON_OF_TYPES.get(text(tree, "type") or "", "")
    return [key for key in mapping(tree, "stringData") if key == wanted]


def _is_built_in(tree: Mapping[str, Node]) -> bool:
    """Kinds that normalisation turns into typed objects, whereby `sops` is dropped."""
    return (text(tree, "apiVersion") or "").rpartition("/")[0] in _BUILT_IN_GROUPS


def _converts(tree: Mapping[str, Node]) -> bool:
    """Would the Secret become a typed one? Ciphertext in stringData does, in data it is no base64."""
    data = mapping(tree, "data").values()
    return all(value is None or (isinstance(value, str) and _decoded(value) is not None) for value in data)


def refusal(tree: Mapping[str, Node], *, controller: Version = NEWEST) -> str:
    """What the controller says of an object whose fate is REFUSED or REJECTED."""
    kind, name = text(tree, "kind") or "", text(tree, "metadata", "name") or ""
    place = "/".join(filter(None, (text(tree, "metadata", "namespace"), name)))
    who = f"{kind}/{place}"
    if fate(tree, controller=controller) is Fate.REJECTED:
        typed = f"({place}; {text(tree, 'apiVersion')}, Kind={kind})"
        if keys := _garbled_logins(tree):
            why = "invalid character 'E' looking for beginning of value"
            value = f'data[{keys[0]}]: Invalid value: "<secret contents redacted>": {why}'
            return f'{who} dry-run failed (Invalid): {kind} "{name}" is invalid: {value}'
        typing = f"failed to create typed patch object {typed}"
        return f"{who} dry-run failed: {typing}: .sops: field not declared in schema"
    if (0, 22) <= controller < (1, 2):
        return f"{who} validation error: error decoding from json: illegal base64 data at input byte 3"
    return f"{who} is SOPS encrypted, configuring decryption is required for this secret to be reconciled"


def unopenable(tree: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    """The keys of a generated Secret that decryption itself fails at, each with why.

    What is in a key is read by its marker and written by the key's name, and a name without a suffix
    that SOPS knows wants a binary file, which only a field `data` holds.
    """
    for key, encoded in mapping(tree, "data").items():
        value = _decoded(encoded) if isinstance(encoded, str) else None
        forms = markers(value) if value and not key.endswith(_SUFFIXES) else frozenset()
        if value and len(forms) == 1 and not re.search(rb"(?m)^data *[:=]", value):
            yield key, f"failed to emit encrypted {_CALLED[min(forms)]} file as decrypted binary"


def key_kind(name: str) -> str | None:
    """What a key of a decryption Secret's data imports; None for one that is silently ignored.

    >>> key_kind("age.agekey"), key_kind("age.key")
    ('age', None)
    """
    if name.endswith(".agekey"):
        return "age"
    return "pgp" if name.endswith(".asc") else _KEY_NAMES.get(name)


def imported(names: Iterable[str], *, age_only: bool = False) -> frozenset[str]:
    """The kinds of keys that a decryption Secret gives; `age_only` for the --sops-age-secret flag."""
    kinds = {kind for name in names if (kind := key_kind(name))}
    return frozenset(kinds & {"age"} if age_only else kinds)


def markers(data: bytes) -> frozenset[str]:
    """The formats whose SOPS marker a file or value holds; none means that it is taken for plain."""
    return frozenset(form for form, marker in _MARKERS.items() if marker in data)
