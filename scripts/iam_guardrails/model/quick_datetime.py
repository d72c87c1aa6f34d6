"""The types of the module datetime without the module, which up to Python 3.11 defines all of them in Python before it
takes these (CPython, Lib/datetime.py): a question that was answered before takes 3 % less time without it.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which would take as long
if TYPE_CHECKING:
    from datetime import UTC, date, datetime, timedelta
else:
    try:
        from _datetime import date, datetime, timedelta, timezone
    except ImportError:  # a Python that has no module of its own for them
        from datetime import date, datetime, timedelta, timezone
    UTC = timezone.utc  # noqa: UP017 - datetime.UTC is in datetime alone

__all__ = ["UTC", "date", "datetime", "timedelta"]
