"""The part of Go's text/template that ResourceSets use, with `<<` and `>>`; the rest is refused by name.

Facts: flux-operator internal/builder/resourceset.go (newTemplate): slim-sprig's hermetic functions,
slugify, toYaml, and `missingkey=error`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bisectops.errors import BuildError, Unsupported
from bisectops.flux.go_functions import FUNCTIONS, printed, truth
from bisectops.kustomize.resource import Node

_ACTION = re.compile(r"<<(- )?((?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|/\*.*?\*/|(?!>>).)*?)( -)?>>", re.S)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<number>-?\d+(?:\.\d+)?)|(?P<sign>:=|=|\||\(|\)|,)"""
    r"""|(?P<path>[$.]?\w*(?:\.\w+)*))"""
)
_KEYWORDS = ("if", "range", "with", "else", "end", "define", "block", "template", "break", "continue")
_MOST_STEPS = 100_000
_LARGEST = 4 << 20


class TemplateError(BuildError):
    """The template fails, as Go would say at the end of its message."""


@dataclass(frozen=True, slots=True)
class _Action:
    """`<< … >>`, or the text between two of them."""

    text: str
    is_text: bool


@dataclass(slots=True)
class _Block:
    """A piece of a template: text, a pipeline, or a control structure with its branches."""

    action: str
    is_text: bool = False
    body: list[_Block] = field(default_factory=list)
    otherwise: list[_Block] = field(default_factory=list)


Scope: TypeAlias = dict[str, Node]


def render(template: str, inputs: Mapping[str, Node] | None) -> str:
    """The text of a template with its inputs; raises TemplateError, or Unsupported for what is not known.

    >>> render("<< inputs.name | upper | quote >>", {"name": "a"})
    '"A"'
    """
    actions = list(_actions(template))
    blocks, rest = _parse(actions, 0, 0)
    if rest != len(actions):
        raise TemplateError(f"unexpected {{{{{actions[rest].text}}}}}")
    run = _Run(inputs)
    run.blocks(blocks, {"$": None, ".": None})
    return "".join(run.out)


def _actions(template: str) -> Iterator[_Action]:
    at = 0
    trim = False
    for found in _ACTION.finditer(template):
        text = template[at : found.start()]
        text = text.lstrip() if trim else text
        yield _Action(text.rstrip() if found[1] else text, True)
        action = found[2].strip()
        if not action.startswith("/*"):
            yield _Action(action, False)
        at, trim = found.end(), bool(found[3])
    rest = template[at:]
    if "<<" in rest:
        raise TemplateError("unclosed action")
    yield _Action(rest.lstrip() if trim else rest, True)


def _parse(actions: list[_Action], at: int, depth: int) -> tuple[list[_Block], int]:
    """The blocks until `else`, `end` or the end, and where that is."""
    if depth > 50:
        raise Unsupported("a template nested deeper than 50 is not followed")
    blocks: list[_Block] = []
    while at < len(actions):
        action = actions[at]
        word = action.text.partition(" ")[0]
        if action.is_text or word not in (
            "if",
            "range",
            "with",
            "else",
            "end",
            "define",
            "block",
            "template",
        ):
            blocks.append(_Block(action.text, action.is_text))
            at += 1
        elif word in ("else", "end"):
            return blocks, at
        elif word in ("if", "range", "with"):
            block, at = _control(actions, at, depth)
            blocks.append(block)
        else:
            raise Unsupported(f"the template action '{word}' is not evaluated")
    return blocks, at


def _control(actions: list[_Action], at: int, depth: int) -> tuple[_Block, int]:
    block = _Block(actions[at].text)
    block.body, at = _parse(actions, at + 1, depth + 1)
    if at < len(actions) and actions[at].text.startswith("else"):
        chained = actions[at].text.removeprefix("else").strip()
        if chained:
            actions[at] = _Action(chained, False)
            inner, at = _control(actions, at, depth + 1)
            block.otherwise = [inner]
            return block, at
        block.otherwise, at = _parse(actions, at + 1, depth + 1)
    if at >= len(actions) or actions[at].text != "end":
        raise TemplateError("unexpected EOF")
    return block, at + 1


class _Run:
    """One execution: what was written so far, and how much work it was."""

    def __init__(self, inputs: Mapping[str, Node] | None) -> None:
        self.inputs = inputs
        self.out: list[str] = []
        self.size = 0
        self.steps = 0

    def write(self, text: str) -> None:
        self.size += len(text)
        if self.size > _LARGEST:
            raise Unsupported("a ResourceSet of more than 4 MiB is not evaluated")
        self.out.append(text)

    def blocks(self, blocks: list[_Block], scope: Scope) -> None:
        for block in blocks:
            self.steps += 1
            if self.steps > _MOST_STEPS:
                raise Unsupported("a ResourceSet of that many steps is not evaluated")
            if block.is_text:
                self.write(block.action)
            else:
                self.act(block, scope)

    def act(self, block: _Block, scope: Scope) -> None:
        word, _, rest = block.action.partition(" ")
        if word == "if":
            chosen = block.body if truth(self.value(rest, scope)) else block.otherwise
            self.blocks(chosen, dict(scope))
        elif word == "with":
            self.with_(block, rest, scope)
        elif word == "range":
            self.range_(block, rest, scope)
        else:
            names, expression = _assigned(block.action)
            value = self.value(expression, scope)
            if names:
                scope[names[0]] = value
            else:
                self.write(printed(value))

    def with_(self, block: _Block, rest: str, scope: Scope) -> None:
        names, expression = _assigned(rest)
        value = self.value(expression, scope)
        if not truth(value):
            self.blocks(block.otherwise, dict(scope))
            return
        self.blocks(block.body, scope | {".": value} | dict.fromkeys(names, value))

    def range_(self, block: _Block, rest: str, scope: Scope) -> None:
        names, expression = _assigned(rest)
        pairs = _pairs(self.value(expression, scope))
        for key, value in pairs:
            inner = scope | {".": value}
            if len(names) == 2:
                inner[names[0]] = key
            if names:
                inner[names[-1]] = value
            self.blocks(block.body, inner)
        if not pairs:
            self.blocks(block.otherwise, dict(scope))

    def value(self, expression: str, scope: Scope) -> Node:
        tokens = _tokens(expression)
        value, at = self.pipeline(tokens, 0, scope, 0)
        if at != len(tokens):
            raise TemplateError(f"unexpected '{tokens[at][1]}' in '{expression}'")
        return value

    def pipeline(self, tokens: list[_Token], at: int, scope: Scope, depth: int) -> tuple[Node, int]:
        if depth > 50:
            raise Unsupported("an expression nested deeper than 50 is not followed")
        value, at = self.command(tokens, at, scope, [], depth)
        while at < len(tokens) and tokens[at][1] == "|":
            value, at = self.command(tokens, at + 1, scope, [value], depth)
        return value, at

    def command(
        self, tokens: list[_Token], at: int, scope: Scope, piped: list[Node], depth: int
    ) -> tuple[Node, int]:
        if at >= len(tokens):
            raise TemplateError("missing value for command")
        kind, name = tokens[at]
        if kind == "path" and name in FUNCTIONS:
            arguments, at = self.operands(tokens, at + 1, scope, depth)
            return FUNCTIONS[name](*arguments, *piped), at
        values, at = self.operands(tokens, at, scope, depth)
        if len(values) != 1 or piped:
            raise TemplateError(f"can't give argument to non-function {name}")
        return values[0], at

    def operands(self, tokens: list[_Token], at: int, scope: Scope, depth: int) -> tuple[list[Node], int]:
        values: list[Node] = []
        while at < len(tokens) and tokens[at][1] not in ("|", ")"):
            kind, text = tokens[at]
            if text == "(":
                value, at = self.pipeline(tokens, at + 1, scope, depth + 1)
                if at >= len(tokens) or tokens[at][1] != ")":
                    raise TemplateError("unclosed left paren")
            else:
                value = self.operand(kind, text, scope)
            values.append(value)
            at += 1
        return values, at

    def operand(self, kind: str, text: str, scope: Scope) -> Node:
        if kind == "text":
            return text[1:-1] if text[0] == "`" else _unquoted(text)
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "sign":
            raise TemplateError(f"unexpected '{text}' in operand")
        if text in ("true", "false", "nil"):
            return {"true": True, "false": False, "nil": None}[text]
        return self.path(text, scope)

    def path(self, text: str, scope: Scope) -> Node:
        if text.startswith("."):
            value, names = scope["."], text[1:].split(".")
        elif text.startswith("$"):
            first, *names = text.split(".")
            if first not in scope:
                raise TemplateError(f'undefined variable "{first}"')
            value = scope[first]
        else:
            first, *names = text.split(".")
            if first in FUNCTIONS and not names:
                return FUNCTIONS[first]()
            if first != "inputs":
                raise Unsupported(f"the template function '{first}' is not evaluated")
            value = self.inputs
        for name in filter(None, names):
            value = _member(value, name)
        return value


def _member(value: Node, name: str) -> Node:
    if value is None:
        raise TemplateError(f"nil pointer evaluating interface {{}}.{name}")
    if not isinstance(value, Mapping):
        raise TemplateError(f"can't evaluate field {name}")
    if name not in value:
        raise TemplateError(f'map has no entry for key "{name}"')
    return value[name]


_Token: TypeAlias = tuple[str, str]


def _tokens(expression: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    expression = expression.strip()
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None or found.end() == at or not found.lastgroup or not found[found.lastgroup]:
            raise TemplateError(f"unexpected '{expression[at]}' in '{expression}'")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return tokens


def _assigned(action: str) -> tuple[list[str], str]:
    """The variables that an action sets, and the expression that gives their value."""
    found = re.match(r"\s*(\$\w+)(?:\s*,\s*(\$\w+))?\s*:?=(?!=)", action)
    if not found:
        return [], action
    return [name for name in found.groups() if name], action[found.end() :]


def _pairs(value: Node) -> list[tuple[Node, Node]]:
    if isinstance(value, Mapping):
        return sorted(value.items())
    if isinstance(value, list):
        return list(enumerate(value))
    if value is None:
        return []
    raise TemplateError(f"range can't iterate over {printed(value)}")


def _unquoted(text: str) -> str:
    escapes = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"\\(.)", lambda found: escapes.get(found[1], found[1]), text[1:-1])
