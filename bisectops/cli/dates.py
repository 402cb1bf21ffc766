"""Dates as `git log --since` takes them: a moment, a day, or so long ago."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from bisectops.errors import RequestError

_SECONDS = re.compile(r"@?(\d{5,})")
_AGO = re.compile(r"(\d+|an?|one)[ .](second|minute|hour|day|week|month|year)s?[ .]ago")
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


def moment(text: str, option: str, now: datetime, *, end: bool = False) -> int:
    """Seconds since the epoch; a time without an offset is that of `now`, which has one.

    A day without a time is the whole day: `end` tells which of its ends is meant. Raises RequestError.
    """
    said = text.strip()
    try:
        return _moment(said.lower(), said, now, end)
    except (ValueError, OverflowError) as error:
        raise RequestError(
            f"{option} does not understand '{text}'",
            hint="say 2025-07-19, '2025-07-19 15:19 +0200', yesterday, '2 weeks ago' or seconds, @1752931176",
        ) from error


def _moment(lower: str, said: str, now: datetime, end: bool) -> int:
    if found := _SECONDS.fullmatch(lower):
        return int(found[1])
    if lower == "now":
        return int(now.timestamp())
    if lower in ("today", "yesterday"):
        return _of_day(now - timedelta(days=lower == "yesterday"), end)
    if found := _AGO.fullmatch(lower):
        number = int(found[1]) if found[1].isdigit() else 1
        unit = found[2]
        ago = timedelta(days=number * _DAYS[unit]) if unit in _DAYS else timedelta(**{f"{unit}s": number})
        return int((now - ago).timestamp())
    date = datetime.fromisoformat(re.sub(r" (?=[+-]\d{2}:?\d{2}$)", "", said))
    if date.tzinfo is None:
        date = date.replace(tzinfo=now.tzinfo)
    return _of_day(date, end) if re.fullmatch(r"[\d-]+", said) else int(date.timestamp())


def _of_day(day: datetime, end: bool) -> int:
    start = datetime.combine(day.date(), time(), day.tzinfo)
    return int((start + timedelta(days=1)).timestamp()) - 1 if end else int(start.timestamp())
