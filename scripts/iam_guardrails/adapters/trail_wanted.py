"""Which of a source's files an export of a window reads, and what it passes over."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.adapters.trail_listing import OTHER, group_of
from iam_guardrails.adapters.trail_objects import StoredObject, TrailObjects
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.model.trail.window import ALL_DAYS, Window, files_told


class Wanted:
    """The files to read, by the names that a question goes by (trail_listing.group_of).

    skipped: how many of those that were passed so far hold no API calls.
    """

    def __init__(self, objects: TrailObjects, window: Window) -> None:
        self._objects, self._window = objects, window
        self.skipped = self._later = 0

    def files(self) -> Iterator[StoredObject]:
        """Those that may hold events of the window."""
        for item in self._listed():
            if (group := group_of(item.key)) is None:
                self.skipped += 1
                continue
            if group != OTHER and not self._window.may_hold(group[1]):
                self._later += group[1] > self._window.file_days[1]
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
