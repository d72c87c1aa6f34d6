"""Which of a source's files an export of a window reads, and what it passes over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_guardrails.adapters.trail_objects import StoredObject, TrailObjects
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.model.trail.other_logs import is_other_log
from iam_guardrails.model.trail.window import ALL_DAYS, Window, files_told

_DIGEST_OR_INSIGHT = re.compile(r"(?:.*/)?\d{12}_CloudTrail-[A-Za-z]+_[^/]*\.json(?:\.gz)?")
_DAY = re.compile(
    r"(?:.*/)?\d{12}_CloudTrail_[a-z0-9-]+_(2\d{3})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])T\d{4}Z_[A-Za-z0-9]+\.json(?:\.gz)?",
    re.ASCII,
)


class Wanted:
    """The files to read. skipped: how many of those that were passed so far hold no API calls."""

    def __init__(self, objects: TrailObjects, window: Window) -> None:
        self._objects, self._window = objects, window
        self.skipped = self._later = 0

    def files(self) -> Iterator[StoredObject]:
        """Those that may hold events of the window."""
        for item in self._listed():
            said = _DAY.fullmatch(item.key)
            if not said and (_DIGEST_OR_INSIGHT.fullmatch(item.key) or is_other_log(item.key)):
                self.skipped += 1
                continue
            if said and not self._window.may_hold(day := "-".join(said.groups())):
                self._later += day > self._window.file_days[1]
                continue
            yield item

    @property
    def later(self) -> str:
        """What was delivered later than is read for the window: of a bucket nobody looks whether there is any."""
        if isinstance(self._objects, S3Objects) and self._window.file_days != ALL_DAYS:
            return "files"
        return files_told(self._later)

    def _listed(self) -> Iterator[StoredObject]:
        """All, of a bucket without those in folders of days that the window does not ask for (trail_days)."""
        days = self._window.file_days
        if isinstance(self._objects, S3Objects) and days != ALL_DAYS:
            return self._objects.list_days(days)
        return self._objects.list()
