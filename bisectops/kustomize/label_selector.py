"""Label selectors in the full grammar of k8s.io/apimachinery, with its error texts.

Facts: kyaml/yaml/internal/k8sgen/pkg/labels/selector.go and util/validation/validation.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from bisectops.errors import BuildError

_KEYWORDS = frozenset({"in", "notin"})
_OPERATORS = ("=", "==", "!=", ">", "<", "in", "notin")
_SYMBOLS = "=!(),<>"
_KNOWN_SYMBOLS = frozenset({")", ",", "!", "==", "=", ">", "<", "!=", "("})
_END = ""

_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_INTEGER = re.compile(r"[+-]?[0-9]+")

_NAME_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric"
    " character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is"
    " '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_PREFIX_RULE = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
_SUBDOMAIN_RULE = (
    "a DNS-1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start"
    " and end with an alphanumeric character (e.g. 'example.com', regex used for validation is"
    r" '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must"
    " start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used"
    " for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


class Requirement(NamedTuple):
    """One condition on a label; the operator of a bare key is "exists", of a negated one "!"."""

    key: str
    operator: str
    values: frozenset[str]


@lru_cache(maxsize=1024)
def parse(selector: str) -> tuple[Requirement, ...]:
    """The requirements of a selector, all of which must hold. Raises BuildError in Kubernetes' words."""
    return _Parser(_tokens(selector)).requirements()


def matches(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether labels (or annotations) meet a selector; the empty selector holds for all."""
    return not selector or all(holds(requirement, labels) for requirement in parse(selector))


def holds(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    """Whether labels meet one requirement."""
    key, operator, values = requirement
    value = labels.get(key)
    if operator in ("exists", "!"):
        return (value is not None) == (operator == "exists")
    if operator in ("!=", "notin"):
        return value is None or value not in values
    if operator in (">", "<"):
        return value is not None and _compares(value, operator, values)
    return value in values


def _compares(value: str, operator: str, values: frozenset[str]) -> bool:
    (bound,) = values
    if not _is_int64(value):
        return False
    return int(value) > int(bound) if operator == ">" else int(value) < int(bound)


def _is_int64(value: str) -> bool:
    return bool(_INTEGER.fullmatch(value)) and -(2**63) <= int(value) < 2**63


def _tokens(selector: str) -> list[str]:
    """Words and symbols; the empty string ends the list. NUL ends a text as in the original lexer."""
    text, found, at = selector.partition("\0")[0], [], 0
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
            continue
        token = _symbol(text, at) if text[at] in _SYMBOLS else _word(text, at)
        found.append(token)
        at += len(token)
    return [*found, _END]


def _word(text: str, at: int) -> str:
    end = at
    while end < len(text) and text[end] not in _SYMBOLS and text[end] not in " \t\r\n":
        end += 1
    return text[at:end]


def _symbol(text: str, at: int) -> str:
    pair = text[at : at + 2]
    return pair if pair in _KNOWN_SYMBOLS else text[at]


class _Parser:
    """A walk over the tokens, one requirement after another."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def requirements(self) -> tuple[Requirement, ...]:
        found: list[Requirement] = []
        while (token := self._peek()) != _END:
            if not self._starts_requirement(token):
                raise BuildError(f"found '{token}', expected: !, identifier, or 'end of string'")
            found.append(self._requirement())
            if not self._separator():
                break
        return tuple(sorted(found, key=lambda requirement: requirement.key))

    def _separator(self) -> bool:
        token = self._take()
        if token == _END:
            return False
        if token != ",":
            raise BuildError(f"found '{token}', expected: ',' or 'end of string'")
        if not self._starts_requirement(following := self._peek()):
            raise BuildError(f"found '{following}', expected: identifier after ','")
        return True

    @staticmethod
    def _starts_requirement(token: str) -> bool:
        return token == "!" or _is_identifier(token)

    def _requirement(self) -> Requirement:
        try:
            return self._parsed_requirement()
        except BuildError as error:
            raise BuildError(f"unable to parse requirement: {error.message}") from None

    def _parsed_requirement(self) -> Requirement:
        key, negated = self._key()
        if self._peek() in (_END, ","):
            return Requirement(key, "!" if negated else "exists", frozenset())
        if negated:
            return Requirement(key, "!", frozenset())
        operator = self._take()
        if operator not in _OPERATORS:
            raise BuildError(f"found '{operator}', expected: '=', '!=', '==', 'in', notin'")
        values = self._values() if operator in _KEYWORDS else self._value()
        _check_values(key, operator, values)
        return Requirement(key, operator, frozenset(values))

    def _key(self) -> tuple[str, bool]:
        token = self._take()
        negated = token == "!"
        if negated:
            token = self._take()
        if not _is_identifier(token):
            raise BuildError(f"found '{token}', expected: identifier")
        _check_key(token)
        return token, negated

    def _value(self) -> set[str]:
        if self._peek() in (_END, ","):
            return {""}
        token = self._take()
        if not _is_identifier(token):
            raise BuildError(f"found '{token}', expected: identifier")
        return {token}

    def _values(self) -> set[str]:
        token = self._take()
        if token != "(":
            raise BuildError(f"found '{token}' expected: '('")
        first = self._peek()
        if first == ")":
            self._take()
            return {""}
        if first != "," and not _is_identifier(first):
            raise BuildError(f"found '{first}', expected: ',', ')' or identifier")
        return self._listed_values()

    def _listed_values(self) -> set[str]:
        values: set[str] = set()
        while True:
            token = self._take()
            if _is_identifier(token):
                values.add(token)
                following = self._peek()
                if following not in (",", ")"):
                    raise BuildError(f"found '{following}', expected: ',' or ')'")
            elif token == ",":
                if not values or self._peek() in (",", ")"):
                    values.add("")
                if self._peek() == ",":
                    self._take()
            else:
                raise BuildError(f"found '{token}', expected: ',', or identifier")
            if self._peek() == ")":
                self._take()
                return values

    def _peek(self) -> str:
        return self._tokens[min(self._at, len(self._tokens) - 1)]

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token


def _is_identifier(token: str) -> bool:
    return token != _END and token[0] not in _SYMBOLS


def _check_values(key: str, operator: str, values: set[str]) -> None:
    if operator in (">", "<") and not all(map(_is_int64, values)):
        raise BuildError("for 'Gt', 'Lt' operators, the value must be an integer")
    for value in sorted(values):
        if problem := "; ".join(_problems(value, "", _VALUE_RULE, _is_label_value)):
            raise BuildError(f'invalid label value: "{value}": at key: "{key}": {problem}')


def _is_label_value(value: str) -> bool:
    return not value or _NAME.fullmatch(value) is not None


def _check_key(key: str) -> None:
    problems = _key_problems(key)
    if problems:
        raise BuildError(f'invalid label key "{key}": {"; ".join(problems)}')


def _key_problems(key: str) -> list[str]:
    parts = key.split("/")
    if len(parts) > 2:
        return [f"a qualified name {_NAME_RULE}{_PREFIX_RULE}"]
    problems = _prefix_problems(parts[0]) if len(parts) == 2 else []
    name = parts[-1]
    if not name:
        problems.append("name part must be non-empty")
    return problems + _problems(name, "name part ", _NAME_RULE, lambda text: bool(_NAME.fullmatch(text)))


def _prefix_problems(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    problems = _problems(
        prefix, "", _SUBDOMAIN_RULE, lambda text: bool(_SUBDOMAIN.fullmatch(text)), limit=253
    )
    return [f"prefix part {problem}" for problem in problems]


def _problems(text: str, part: str, rule: str, valid: Callable[[str], bool], *, limit: int = 63) -> list[str]:
    problems = []
    if len(text.encode()) > limit:
        problems.append(f"{part}must be no more than {limit} characters")
    if not valid(text):
        problems.append(part + rule)
    return problems
