"""Which of a bucket's folders are listed for some days: where the layout is CloudTrail's, or one of AWS's other logs
beside them (model.trail.other_logs), those of the days alone.

What lies anywhere else is listed as a whole, so that files of other layouts are found whatever the days. Source: AWS
CloudTrail User Guide, "Finding your CloudTrail log files" (AWSLogs/ORGANIZATION/ACCOUNT/KIND/REGION/YYYY/MM/DD/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from iam_guardrails.adapters.trail_objects import StoredObject
from iam_guardrails.model.expression import Expression
from iam_guardrails.model.trail.other_logs import SERVICES, days_of
from iam_guardrails.model.trail.window import Days

Level = tuple[list[StoredObject], list[str]]
"""What lies in a folder: the files, and the keys of the folders, which end with a slash."""
_AWS_LOGS = "AWSLogs/"
_MOST_LOOKED_INTO = 20
"""How many folders of an unknown layout are looked into for one of CloudTrail's."""
_FEW = 1000
"""How many files of another service are listed, whatever their days, before its folders are looked into."""
_ACCOUNT = r"(?:.*/)?AWSLogs/(?:o-[a-z0-9]{10,32}/)?\d{12}/"
_ABOVE = Expression(rf"{_ACCOUNT}(?:CloudTrail(?:-[A-Za-z]+)?/)?|"
                    r"(?:.*/)?AWSLogs/(?:o-[a-z0-9]{10,32}/)?(?:aws-account-id=\d{12}/)?",
                    re.ASCII | re.DOTALL)  # fmt: skip
_REGION = Expression(
    rf"{_ACCOUNT}CloudTrail(?:-[A-Za-z]+)?/[a-z]+(?:-[a-z]+)+-\d+/"
    r"(?P<day>(?:2\d{3}/(?:(?:0[1-9]|1[0-2])/(?:(?:0[1-9]|[12]\d|3[01])/)?)?)?)",
    re.ASCII | re.DOTALL,
)
_OTHER = Expression(
    rf"(?:{_ACCOUNT}|(?:.*/)?AWSLogs/(?:o-[a-z0-9]{{10,32}}/)?aws-account-id=\d{{12}}/)(?:{SERVICES})/",
    re.ASCII | re.DOTALL,
)


class Folders(Protocol):
    """A store that can list one folder, and all that is below one."""

    @property
    def reads_at_once(self) -> int:
        """See TrailObjects."""

    def list(self, under: str = "") -> Iterator[StoredObject]:
        """See TrailObjects."""

    def level(self, folder: str) -> Level:
        """What lies in a folder, by its key. Raises Problem when it cannot be listed."""


def list_days(store: Folders, start: str, days: Days) -> Iterator[StoredObject]:
    """The files below `start` (a key that ends with a slash, or "") but for those in folders of other days,
    CloudTrail's and other logs', each folder's own sorted by key. Raises Problem when a part cannot be listed."""
    regions: list[str] = []
    rest = [start]
    while rest:
        folder = rest.pop()
        if _REGION.fullmatch(folder) or _OTHER.fullmatch(folder):
            regions.append(folder)
        elif _ABOVE.fullmatch(folder) or folder == start or _leads_on(store, start, folder):
            files, folders = store.level(folder)
            if len(folders) > _MOST_LOOKED_INTO and not _ABOVE.fullmatch(folder):
                yield from store.list(folder)
                continue
            yield from files
            rest += folders
        else:
            yield from store.list(folder)
    for at in range(0, len(regions), store.reads_at_once):  # so that only so many are held at once
        yield from _side_by_side(store, regions[at : at + store.reads_at_once], days)


def _leads_on(store: Folders, start: str, folder: str) -> bool:
    """Whether a folder right below `start` holds one of CloudTrail's."""
    right_below = folder.count("/") == start.count("/") + 1
    return right_below and any(True for _ in store.list(folder + _AWS_LOGS))


def _side_by_side(store: Folders, regions: list[str], days: Days) -> Iterator[StoredObject]:
    from concurrent.futures import ThreadPoolExecutor  # it costs milliseconds that a folder need not pay

    with ThreadPoolExecutor(len(regions)) as threads:
        for found in threads.map(lambda region: list(_of_days(store, region, days)), regions):
            yield from found


def _of_days(store: Folders, folder: str, days: Days) -> Iterator[StoredObject]:
    """The files below a Region's folder, or below one in it, or below another service's."""
    if _OTHER.fullmatch(folder):
        yield from _of_another(store, folder, days)
        return
    said = _REGION.fullmatch(folder)
    if said and said["day"]:
        name = said["day"].rstrip("/").replace("/", "-")
        first, last = name + "-01-01"[len(name) - 4 :], name + "-12-31"[len(name) - 4 :]
        if last < days[0] or first > days[1]:
            return
    if not said or (said["day"] and days[0] <= first and last <= days[1]):
        yield from store.list(folder)
        return
    files, folders = store.level(folder)
    yield from files
    for name in folders:
        yield from _of_days(store, name, days)


def _of_another(store: Folders, folder: str, days: Days) -> Iterator[StoredObject]:
    """The files below another service's folder: where they are few, listing all of them asks less than its days do."""
    some = list(islice(store.list(folder), _FEW + 1))
    if len(some) > _FEW:
        yield from _looked_into(store, folder, days)
        return
    for item in some:
        span = days_of(item.key[: item.key.rfind("/") + 1])
        if span is None or (days[0] <= span[1] and span[0] <= days[1]):
            yield item


def _looked_into(store: Folders, folder: str, days: Days) -> Iterator[StoredObject]:
    """The same, folder by folder."""
    span = days_of(folder)
    if span and (span[1] < days[0] or days[1] < span[0]):
        return
    if span and days[0] <= span[0] and span[1] <= days[1]:
        yield from store.list(folder)
        return
    files, folders = store.level(folder)
    yield from files
    for name in folders:
        yield from _looked_into(store, name, days)
