"""JSON 6902 patches as kustomize runs them.

Facts: gopkg.in/evanphx/json-patch.v4 v4.12.0 (patch.go), kustomize api/filters/patchjson6902, and
MarshalJSON and UnmarshalJSON of kyaml/yaml/rnode.go, through which the whole resource goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from bisectops.errors import BuildError
from bisectops.kustomize.nodes import MISSING, is_missing
from bisectops.kustomize.resource import Node
from bisectops.kustomize.scalars import number
from bisectops.yaml.quoting import flat
from bisectops.yaml.reader import one
from bisectops.yaml.spelling import Quoted

Operation = Mapping[str, Node]

_INDEX = re.compile(r"[+-]?[0-9]+")
_INT64 = float(1 << 63)
_EXACT = 1 << 53
"""Beyond this, JSON's numbers are no longer all the integers there are."""


def parse(patch: str) -> list[dict[str, Node]]:
    """The operations of a patch in JSON or YAML; of several YAML documents, the first."""
    if not patch:
        raise BuildError("empty json patch operations")
    operations = _json(patch) if patch[0] == "[" else one(patch.encode("utf-8", "surrogateescape"))
    if operations is None:
        return []
    if not isinstance(operations, list):
        raise BuildError(f"json: cannot unmarshal {_type(operations)} into Go value of type jsonpatch.Patch")
    for operation in operations:
        if operation is not None and not isinstance(operation, dict):
            what = f"json: cannot unmarshal {_type(operation)} into Go value"
            raise BuildError(f"{what} of type jsonpatch.Operation")
    return [operation or {} for operation in operations]


def apply(target: Mapping[str, Node], operations: Sequence[Operation]) -> dict[str, Node]:
    """A new tree with the operations run on it in order; all of it has been through JSON."""
    document = through_json(target)
    for operation in operations:
        kind = operation.get("op")
        run = _OPERATIONS.get(kind) if isinstance(kind, str) else None
        if run is None:
            raise BuildError(f"Unexpected kind: {kind if isinstance(kind, str) else 'unknown'}")
        if kind == "replace" and operation.get("path") == "":
            document = _value(operation)
        else:
            run(document, operation)
    if not isinstance(document, dict):
        what = f"json: cannot unmarshal {_type(document)} into Go value"
        raise BuildError(f"{what} of type map[string]interface {{}}")
    result: dict[str, Node] = document
    return result


def through_json(node: Node) -> Node:
    """A deep copy as JSON and back leaves it: quotes only where needed, large integers with fewer digits."""
    if isinstance(node, dict):
        return {str(key): through_json(value) for key, value in node.items()}
    if isinstance(node, list):
        return [through_json(item) for item in node]
    if isinstance(node, str):
        return Quoted(node) if "\n" in node or flat(node) != node else str(node)
    if isinstance(node, int) and abs(node) > _EXACT:
        node = float(node)
    whole = isinstance(node, float) and node.is_integer() and -_INT64 <= node < 2 * _INT64
    return int(number(node)) if whole else node


def _json(patch: str) -> Node:
    def refuse(constant: str) -> NoReturn:
        raise BuildError(f"invalid character '{constant[0]}' looking for beginning of value")

    try:
        return json.loads(patch, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise BuildError(f"invalid JSON patch: {reason}") from None


def _type(node: Node) -> str:
    if isinstance(node, dict):
        return "object"
    if isinstance(node, str | list):
        return "string" if isinstance(node, str) else "array"
    return "bool" if isinstance(node, bool) else "number"


def _add(document: Node, operation: Operation) -> None:
    path = _pointer(operation, "path", "add operation failed to decode path")
    holder, key = _holder(document, path)
    if is_missing(holder):
        raise BuildError(f'add operation does not apply: doc is missing path: "{path}": missing value')
    _within(f"error in add for path: '{path}'", _insert, holder, key, _value(operation))


def _remove(document: Node, operation: Operation) -> None:
    path = _pointer(operation, "path", "remove operation failed to decode path")
    holder, key = _holder(document, path)
    if is_missing(holder):
        raise BuildError(f'remove operation does not apply: doc is missing path: "{path}": missing value')
    _within(f"error in remove for path: '{path}'", _delete, holder, key)


def _replace(document: Node, operation: Operation) -> None:
    path = _explained(operation, "path", "replace operation failed to decode path")
    holder, key = _holder(document, path)
    if is_missing(holder):
        raise BuildError(f"replace operation does not apply: doc is missing path: {path}: missing value")
    try:
        at = _index(holder, key)
    except BuildError:
        message = f"replace operation does not apply: doc is missing key: {path}: missing value"
        raise BuildError(message) from None
    holder[at] = _value(operation)


def _move(document: Node, operation: Operation) -> None:
    origin = _explained(operation, "from", "move operation failed to decode from")
    holder, key = _holder(document, origin)
    if is_missing(holder):
        raise BuildError(f"move operation does not apply: doc is missing from path: {origin}: missing value")
    value = _within(f"error in move for path: '{key}'", _get, holder, key)
    _within(f"error in move for path: '{key}'", _delete, holder, key)
    _put("move", document, operation, value, "error in move for path: '{path}'")


def _copy(document: Node, operation: Operation) -> None:
    origin = _explained(operation, "from", "copy operation failed to decode from")
    holder, key = _holder(document, origin)
    if is_missing(holder):
        raise BuildError(f"copy operation does not apply: doc is missing from path: {origin}: missing value")
    value = _within(f"error in copy for from: '{origin}'", _get, holder, key)
    _put("copy", document, operation, through_json(value), "error while adding value during copy")


def _put(what: str, document: Node, operation: Operation, value: Node, failure: str) -> None:
    path = _explained(operation, "path", f"{what} operation failed to decode path")
    holder, key = _holder(document, path)
    if is_missing(holder):
        reason = f"doc is missing destination path: {path}: missing value"
        raise BuildError(f"{what} operation does not apply: {reason}")
    _within(failure.format(path=path), _insert, holder, key, value)


def _test(document: Node, operation: Operation) -> None:
    path = _explained(operation, "path", "test operation failed to decode path")
    holder, key = _holder(document, path) if path else ({"": document}, "")
    if is_missing(holder):
        raise BuildError(f"test operation does not apply: is missing path: {path}: missing value")
    found = _within(f"error in test for path: '{path}'", _get, holder, key)
    if found is None and "value" not in operation:
        raise BuildError("panic: runtime error: invalid memory address or nil pointer dereference")
    if not _equal(found, operation.get("value")):
        raise BuildError(f"testing value {path} failed: test failed")


_OPERATIONS: dict[str, Callable[[Node, Operation], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def _value(operation: Operation) -> Node:
    return through_json(operation.get("value"))


def _equal(one: Node, other: Node) -> bool:
    """Equality of JSON values: true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _pointer(operation: Operation, field: str, failure: str) -> str:
    pointer = operation.get(field)
    if not isinstance(pointer, str):
        raise BuildError(f"{failure}: missing value")
    return pointer


def _explained(operation: Operation, field: str, failure: str) -> str:
    reason = "operation missing path field" if field == "path" else "operation, missing from field"
    return _pointer(operation, field, f"{failure}: {reason}")


def _holder(document: Node, pointer: str) -> tuple[Node, str]:
    """The mapping or list that holds what a pointer names, MISSING where there is none, and the last step."""
    steps = pointer.split("/")
    if len(steps) < 2:
        return MISSING, ""
    holder = document
    for step in steps[1:-1]:
        try:
            holder = _get(holder, _unescaped(step))
        except BuildError:
            return MISSING, ""
        if not isinstance(holder, dict | list):
            return MISSING, ""
    return holder, _unescaped(steps[-1])


def _unescaped(step: str) -> str:
    return re.sub("~[01]", lambda escape: "/" if escape[0] == "~1" else "~", step)


def _within(failure: str, run: Callable[..., Node], *arguments: Node) -> Node:
    try:
        return run(*arguments)
    except BuildError as error:
        raise BuildError(f"{failure}: {error.message}") from None


def _get(holder: Node, key: str) -> Node:
    """What a holder has; a mapping has null for a key that it lacks."""
    return holder.get(key) if isinstance(holder, dict) else holder[_index(holder, key)]


def _insert(holder: Node, key: str, value: Node) -> None:
    if isinstance(holder, dict):
        holder[key] = value
    elif key == "-":
        holder.append(value)
    else:
        try:
            at = _number(key)
        except BuildError as error:
            raise BuildError(f"value was not a proper array index: '{key}': {error.message}") from None
        holder.insert(_bounded(at, len(holder) + 1), value)


def _delete(holder: Node, key: str) -> None:
    if isinstance(holder, dict) and key not in holder:
        raise BuildError(f"Unable to remove nonexistent key: {key}: missing value")
    del holder[_index(holder, key)]


def _index(holder: Node, key: str) -> str | int:
    return key if isinstance(holder, dict) else _bounded(_number(key), len(holder))


def _number(key: str) -> int:
    if not _INDEX.fullmatch(key):
        raise BuildError(f'strconv.Atoi: parsing "{key}": invalid syntax')
    return int(key)


def _bounded(at: int, size: int) -> int:
    if not -size <= at < size:
        raise BuildError(f"Unable to access invalid index: {at}: invalid index referenced")
    return at + size if at < 0 else at
