"""What a plain scalar means to go-yaml: its resolution table, in version 3 and in version 2.

Kustomize reads resources with version 3 (goyaml.v3/resolve.go) and kustomization files, JSON 6902
patches and its own JSON with version 2 (goyaml.v2/resolve.go); both live in sigs.k8s.io/yaml v1.4.0.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

Scalar = str | int | float | bool | None

_INT64 = range(-(1 << 63), 1 << 63)
_UINT64 = range(1 << 64)
_INTEGER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)")
_ODD_INTEGER = re.compile(r"(?:-0([bo])|0([bo])(?=[+-]))([+-]?[0-9]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DOT_FLOAT = re.compile(r"\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2}))"
    r"|(?: +([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?))?"
)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
OLD_BOOLEANS: dict[str, bool] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
HINTS = frozenset("+-0123456789yYnNtTfFoO~.")
"""First characters of a plain scalar that may be other than a string."""


@lru_cache(maxsize=16384)
def resolve(text: str) -> Scalar:
    """What version 3 makes of a plain scalar; a timestamp becomes the string that JSON has for it.

    >>> [resolve(text) for text in ("0644", "0o17", "08", "1_000", "1e3", "yes", "~", "2021-1-1")]
    [420, 15, 8.0, 1000, 1000.0, 'yes', None, '2021-01-01T00:00:00Z']
    """
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    return _number(text, octal=True) if text[0] == "." else (timestamp(text) or _number(text, octal=True))


@lru_cache(maxsize=4096)
def resolve_1_1(text: str) -> Scalar:
    """What version 2 makes of a plain scalar: yes and no are booleans, a timestamp stays as written.

    >>> [resolve_1_1(text) for text in ("yes", "off", "2021-01-01", "0o17")]
    [True, False, '2021-01-01', 15]
    """
    if text in WORDS:
        return WORDS[text]
    if text in OLD_BOOLEANS:
        return OLD_BOOLEANS[text]
    if text[0] not in "+-.0123456789" or timestamp(text):
        return text
    return _number(text, octal=False)


def is_plain_1_1(text: str) -> bool:
    """Would version 2 read this back as the same string, were it written without quotes?"""
    if not text or text[0] not in HINTS:
        return bool(text)
    return not timestamp(text) and isinstance(resolve_1_1(text), str)


def _number(text: str, *, octal: bool) -> Scalar:
    if text[0] == ".":
        return _float(text) if _DOT_FLOAT.fullmatch(text) else text
    plain = text.replace("_", "")
    if _INTEGER.fullmatch(plain):
        number = _integer(plain)
        if number in _INT64 or (number in _UINT64 and plain[0] not in "+-"):
            return number
    if _FLOAT.fullmatch(plain):
        value = _float(plain)
        if value is not None:
            return value
    odd = _ODD_INTEGER.fullmatch(plain)
    if odd and (octal or "o" not in (odd[1], odd[2])):
        return _signed_after_prefix(plain, text)
    return text


def _integer(plain: str) -> int:
    """strconv.ParseInt with base 0: a leading zero means octal."""
    digits = plain.lstrip("+-")
    if digits[0] != "0":
        return int(plain) if len(plain) < 22 else 1 << 64
    return int(plain, 0) if digits[1:2] in tuple("xXbBoO") else int(plain, 8)


def _signed_after_prefix(plain: str, text: str) -> Scalar:
    """`0b-11` is -3: go-yaml cuts the prefix off and parses what is left, sign included."""
    negative = plain[0] == "-"
    digits = plain[3:] if negative else plain[2:]
    base = 2 if "b" in plain[:3] else 8
    if negative and digits[0] in "+-":
        return text
    try:
        value = int(("-" if negative else "") + digits, base)
    except ValueError:
        return text
    return value if value in _INT64 else text


def _float(text: str) -> float | None:
    value = float(text)
    return None if math.isinf(value) else value


@lru_cache(maxsize=4096)
def timestamp(text: str) -> str | None:
    """RFC 3339 as Go prints a time that go-yaml parsed, or None where it sees no time.

    >>> timestamp("2001-12-14t21:59:43.10-05:00"), timestamp("2021-02-30")
    ('2001-12-14T21:59:43.1-05:00', None)
    """
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    hour, minute, second, fraction = (match[4 + i] or match[9 + i] or "0" for i in range(4))
    zone = match[8] or "Z"
    if not _is_time(year, month, day, int(hour), int(minute), int(second)) or not _is_zone(zone):
        return None
    nanos = fraction[:9].ljust(9, "0").rstrip("0")
    clock = f"{int(hour):02}:{int(minute):02}:{int(second):02}{'.' + nanos if nanos else ''}"
    return f"{year:04}-{month:02}-{day:02}T{clock}{'Z' if zone[1:] == '00:00' else zone}"


def _is_time(year: int, month: int, day: int, hour: int, minute: int, second: int) -> bool:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]) or ((month, day) == (2, 29) and not leap):
        return False
    return hour < 24 and minute < 60 and second < 60


def _is_zone(zone: str) -> bool:
    return zone == "Z" or (int(zone[1:3]) <= 24 and int(zone[4:6]) < 60)
