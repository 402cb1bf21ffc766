"""What kustomize's own second read makes of a folded block scalar.

RNode.MarshalJSON (kyaml/yaml/rnode.go) writes a resource and reads it again, and go-yaml's emitter
writes some folded scalars so that they read otherwise (emitterc.go, yaml_emitter_write_folded_scalar).
"""

from __future__ import annotations

import re

import yaml

_ODD = re.compile(r"^[ \t\n]|\n[ \t]|\n\n\Z")
_UNPRINTABLE = r"[^\n\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]"
_NEVER_A_BLOCK = re.compile(rf" \n| \Z|{_UNPRINTABLE}")


def read_again(text: str) -> str:
    """The value of a folded scalar after kustomize wrote and read it once more.

    >>> read_again("one\\n  two\\nthree\\n")
    'one\\n\\n  two\\nthree\\n'
    """
    if not _ODD.search(text) or _NEVER_A_BLOCK.search(text):
        return text
    return str(yaml.load(f"a: >{_hints(text)}\n{_folded(text)}", Loader=yaml.CBaseLoader)["a"])


def _hints(text: str) -> str:
    indent = "2" if text[0] in " \n" else ""
    chomp = "-" if not text.endswith("\n") else "+" if text == "\n" or text.endswith("\n\n") else ""
    return indent + chomp


def _folded(text: str) -> str:
    """The lines as the emitter writes them: each run of breaks gains one, save after an indented line."""
    gains = text.lstrip("\n")[:1] not in ("", " ", "\t")
    written: list[str] = []
    breaks, indented = True, True
    for character in text:
        if character == "\n":
            if gains and not breaks and not indented:
                written.append("\n")
            written.append("\n")
            breaks = True
            continue
        if breaks:
            written.append("  ")
            indented = character in " \t"
        written.append(character)
        breaks = False
    return "".join(written)
