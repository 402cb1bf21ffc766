"""ConfigMaps and Secrets from literals, env files and files.

Facts: kustomize api/kv/kv.go, api/internal/generators and kyaml/yaml/datamap.go.
"""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence

from bisectops.errors import BuildError, Unsupported
from bisectops.kustomize.failure import SecretInput, within
from bisectops.kustomize.resource import Node
from bisectops.kustomize.scalars import refuse_odd_keys, text

Read = Callable[[str], bytes]
"""Gives a file's bytes for a path as the kustomization writes it; raises BuildError where it cannot."""

_LINE_LIMIT = 64 * 1024
"""Go's bufio.Scanner stops, without an error, at a line that does not fit in its buffer."""

_BASE64_LINE = 70

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go's unicode.IsSpace holds for white space."""


def config_map(args: Mapping[str, Node], options: Mapping[str, Node] | None, read: Read) -> dict[str, Node]:
    """The ConfigMap that a generator's arguments describe; text and binary values part company."""
    made = _base("ConfigMap", args)
    for key, value in sorted(_values(args, read).items()):
        field, content = _data_or_binary(value)
        made.setdefault(field, {})[key] = content
    return made | _common(made, options)


def secret(args: Mapping[str, Node], options: Mapping[str, Node] | None, read: Read) -> dict[str, Node]:
    """The Secret that a generator's arguments describe, all values in base64."""

    def of_secret(path: str) -> bytes:
        try:
            return read(path)
        except Unsupported:
            raise
        except BuildError as error:
            raise SecretInput(error.message) from None

    made = _base("Secret", args)
    made["type"] = args.get("type") or "Opaque"
    made["data"] = {key: wrapped_base64(value) for key, value in sorted(_values(args, of_secret).items())}
    return made | _common(made, options)


def merged_options(
    options: Mapping[str, Node] | None, shared: Mapping[str, Node] | None
) -> Mapping[str, Node] | None:
    """A generator's own options over the kustomization's `generatorOptions`; a shared `true` wins."""
    if shared is None:
        return options
    own = options or {}
    merged: dict[str, Node] = {
        field: {**(shared.get(field) or {}), **(own.get(field) or {})} for field in ("labels", "annotations")
    }
    for field in ("disableNameSuffixHash", "immutable"):
        merged[field] = bool(own.get(field) or shared.get(field))
    return merged


def wrapped_base64(data: bytes) -> str:
    """Base64 as kustomize writes it: from 70 characters on, in lines that all end in a newline."""
    encoded = base64.b64encode(data).decode()
    if len(encoded) < _BASE64_LINE:
        return encoded
    lines = (encoded[at : at + _BASE64_LINE] for at in range(0, len(encoded), _BASE64_LINE))
    return "".join(f"{line}\n" for line in lines)


def _base(kind: str, args: Mapping[str, Node]) -> dict[str, Node]:
    name, namespace = args.get("name") or "", args.get("namespace") or ""
    if not name:
        raise BuildError("a configmap must have a name")
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


def _common(made: Mapping[str, Node], options: Mapping[str, Node] | None) -> dict[str, Node]:
    """The fields that options add: labels, annotations, immutability."""
    if not options:
        return {}
    added = {
        field: {key: text(value) for key, value in sorted(options[field].items())}
        for field in ("labels", "annotations")
        if options.get(field)
    }
    for entries in added.values():
        refuse_odd_keys(entries)
    changed: dict[str, Node] = {"metadata": made["metadata"] | added} if added else {}
    return changed | {"immutable": True} if options.get("immutable") else changed


def _data_or_binary(value: bytes) -> tuple[str, str]:
    try:
        string = value.decode()
    except UnicodeDecodeError:
        return "binaryData", wrapped_base64(value)
    if "\x7f" in string:  # go-yaml writes it as it is and refuses to read it
        raise BuildError("yaml: control characters are not allowed")
    return "data", string


def _values(args: Mapping[str, Node], read: Read) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for key, value in _pairs(args, read):
        if key in found:
            raise BuildError(f"configmap {args['name']} illegally repeats the key `{key}`")
        found[key] = value
    refuse_odd_keys(found)
    return found


def _pairs(args: Mapping[str, Node], read: Read) -> list[tuple[str, bytes]]:
    envs = [*(args.get("envs") or ()), *([args["env"]] if args.get("env") else ())]
    literals, files = args.get("literals") or (), args.get("files") or ()
    return [
        *_sourced(f"env source files: [{' '.join(envs)}]", envs, lambda path: _env_file(read(path))),
        *_sourced("literal sources", literals, _literal),
        *_sourced(f"file sources: [{' '.join(files)}]", files, lambda source: _file(source, read)),
    ]


def _sourced(
    what: str, sources: Sequence[str], pairs: Callable[[str], Iterator[tuple[str, bytes]]]
) -> list[tuple[str, bytes]]:
    try:
        return [pair for source in sources for pair in pairs(source)]
    except BuildError as error:
        raise within(error, f"loading KV pairs: {what}") from None


def _literal(source: str) -> Iterator[tuple[str, bytes]]:
    """Kustomize's complaint shows the literals; ours does not, they may be secrets."""
    key, equals, value = source.partition("=")
    if not key or not equals:
        raise BuildError("invalid literal source, expected key=value")
    yield key, _unquoted(value).encode()


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _file(source: str, read: Read) -> Iterator[tuple[str, bytes]]:
    separators = source.count("=")
    key, _, path = source.partition("=")
    if separators > 1:
        raise BuildError(f"source \"{source}\" key name or file path contains '='")
    if separators and not key:
        raise BuildError(f'missing key name for file path "{path}" in source "{source}"')
    if separators and not path:
        raise BuildError(f'missing file path for key name "{key}" in source "{source}"')
    if not separators:
        key, path = posixpath.basename(source.rstrip("/")) or ("/" if source else "."), source
    yield key, read(path)


def _env_file(content: bytes) -> Iterator[tuple[str, bytes]]:
    for number, line in enumerate(_lines(content), start=1):
        pair = _env_line(line, number)
        if pair is not None:
            yield pair


def _lines(content: bytes) -> Iterator[bytes]:
    """Lines without their endings, up to the first that is too long for Go's scanner."""
    at = 0
    while at < len(content):
        newline = content.find(b"\n", at)
        end = len(content) if newline < 0 else newline
        if end - at >= _LINE_LIMIT:
            return
        yield content[at:end].removesuffix(b"\r")
        at = end + 1


def _env_line(line: bytes, number: int) -> tuple[str, bytes] | None:
    try:
        decoded = line.decode()
    except UnicodeDecodeError:
        raise BuildError(f"line {number} has invalid utf8 bytes") from None
    if number == 1:
        decoded = decoded.removeprefix("\ufeff")
    stripped = decoded.lstrip(_SPACE)
    if not stripped or stripped[0] == "#":
        return None
    key, _, value = stripped.partition("=")
    return (key, value.encode()) if key else None
