"""A capture of a fake account, as the command makes it but for its edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from tests.adapters.fake_cloud import BREAKGLASS, HOME, ID, NOW, SECOND, FakeCloud

from iam_guardrails.adapters.aws.capture_reader import AwsReader, Directory
from iam_guardrails.adapters.capture_assembly import Head, Local, assemble
from iam_guardrails.adapters.capture_work import opened
from iam_guardrails.journeys.capture import read_parts
from iam_guardrails.model.capture.capture import LIVE, Capture
from iam_guardrails.model.capture.scope import Scope

SCOPE = Scope(ID, (HOME, SECOND), (BREAKGLASS,), (), ("mw-*",), ("prod/mw/*",))


class Silent:
    """Nobody waits; what was kept from before is remembered."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.planned = 0

    def plan(self, pieces: int) -> None:
        self.planned = pieces

    def step(self, part: str, kept: bool) -> None:
        if kept:
            self.kept.append(part)


def capture(
    work: Path, cloud: FakeCloud, scope: Scope = SCOPE, *, directory: FakeCloud | None = None,
    without: Sequence[str] = (), now: Callable[[], datetime] = lambda: NOW, progress: Silent | None = None,
    waits: list[float] | None = None, keep: bool = False,
) -> tuple[Capture, AwsReader]:  # fmt: skip
    waited = [] if waits is None else waits
    where = Directory(directory, HOME) if directory else None
    with opened(work, {"scope": repr(scope)}, now()) as (folder, _said):
        reader = AwsReader(cloud, scope, folder.begun_at, now, waited.append, lambda _text: None, where)
        pieces = read_parts(reader, folder, progress or Silent(), without)
        head = Head(LIVE, "prod", scope.account_id, scope.regions, folder.begun_at, "1.0")
        if not keep:
            folder.remove()
    return assemble(head, pieces, Local(), "it was left out"), reader
