"""The use as a picture: sessions as bars, changes and refusals as marks, on one axis of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape as escaped
from xml.sax.saxutils import quoteattr

from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.examined import NOT_JUDGED, OPEN, Done
from iam_guardrails.model.incident.step import ENTERED, EXITED, EXTENDED, LEFT, OPENED
from iam_guardrails.model.incident.window import sessions
from iam_guardrails.reports.dossier.told import Dossier, harmless, step_told

WIDTH, LEFT_EDGE, RIGHT, TOP, ROW = 760, 96, 20, 34, 40
LANES = ("record", "sessions", "changes", "refused")
STYLE = """
svg.time{width:100%;height:auto;max-width:1100px}svg.time text{font:12px system-ui,sans-serif;fill:currentColor}
svg.time .lane{font-weight:600}svg.time .axis{stroke:currentColor;opacity:.35}svg.time .step{fill:#3d6fb4}
svg.time .bar{fill:#d9822b;opacity:.75}svg.time .done{fill:#2c8a57}svg.time .open{fill:#d13438}
svg.time .no{fill:none;stroke:#d13438;stroke-width:2}
"""


def escape(text: str) -> str:
    """Text as XML that means nothing but itself."""
    return escaped(harmless(text))


def drawing(dossier: Dossier) -> str:
    """One SVG element."""
    axis = _Axis(dossier)
    high = TOP + len(LANES) * ROW + 26
    number = counted(len(dossier.examined.calls), "call")
    what = f"{number} between {axis.begin:%Y-%m-%d %H:%M} and {axis.end:%H:%M} UTC"
    parts = [
        f'<svg class="time" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" role="img"'
        f" aria-label={quoteattr(f'{dossier.title}: {what}')}>",
        *_frame(axis, high), *_record(dossier, axis), *_sessions(dossier, axis), *_marks(dossier, axis), "</svg>",
    ]  # fmt: skip
    return "\n".join(parts)


class _Axis:
    """Where a moment stands."""

    def __init__(self, dossier: Dossier) -> None:
        incident = dossier.incident
        moments = [step.at for step in incident.steps if step.kind in (OPENED, ENTERED, LEFT, EXITED, EXTENDED)]
        moments += [_moment(call) for call in dossier.examined.calls]
        self.begin, self.end = min(moments), max(moments)
        if self.end - self.begin < timedelta(minutes=1):
            self.end = self.begin + timedelta(minutes=1)

    def x(self, at: datetime) -> float:
        """The place of a moment; what lies outside stands at the edge."""
        share = (at - self.begin) / (self.end - self.begin)
        return round(LEFT_EDGE + min(max(share, 0.0), 1.0) * (WIDTH - LEFT_EDGE - RIGHT), 1)


def _moment(call: Done) -> datetime:
    return datetime.fromisoformat(call.at).astimezone(UTC)


def _y(lane: str) -> int:
    return TOP + LANES.index(lane) * ROW + ROW // 2


def _frame(axis: _Axis, high: int) -> Iterator[str]:
    for lane in LANES:
        yield f'<text class="lane" x="4" y="{_y(lane) + 4}">{lane}</text>'
        yield f'<line class="axis" x1="{LEFT_EDGE}" x2="{WIDTH - RIGHT}" y1="{_y(lane)}" y2="{_y(lane)}"/>'
    for part in range(5):
        at = axis.begin + (axis.end - axis.begin) * part / 4
        anchor = ("start", "middle", "middle", "middle", "end")[part]
        yield (
            f'<text x="{axis.x(at)}" y="{high - 8}" text-anchor="{anchor}">{at:%H:%M:%S}</text>'
            f'<line class="axis" x1="{axis.x(at)}" x2="{axis.x(at)}" y1="{TOP}" y2="{high - 24}"/>'
        )
    yield f'<text x="{LEFT_EDGE}" y="18">{axis.begin:%Y-%m-%d}, UTC</text>'


def _record(dossier: Dossier, axis: _Axis) -> Iterator[str]:
    for step in dossier.incident.steps:
        if step.at > axis.end + timedelta(seconds=1):
            continue
        yield (f'<circle class="step" cx="{axis.x(step.at)}" cy="{_y("record")}" r="6">'
               f"<title>{escape(f'{step.at:%H:%M:%S} {step_told(step)}')}</title></circle>")  # fmt: skip


def _sessions(dossier: Dossier, axis: _Axis) -> Iterator[str]:
    incident = dossier.incident
    bars = [(step.at, end, one.session_name) for step, one, end in sessions(incident)]
    if not bars:
        bars = [(_moment(call), axis.end, call.what) for call in dossier.examined.calls
                if call.action.startswith("sts:AssumeRole") and call.outcome == "ok"]  # fmt: skip
    for begin, end, name in bars:
        wide = max(axis.x(end) - axis.x(begin), 3)
        yield (f'<rect class="bar" x="{axis.x(begin)}" y="{_y("sessions") - 7}" width="{wide:.1f}" height="14" rx="3">'
               f"<title>{escape(f'{name}: {begin:%H:%M:%S} to {end:%H:%M:%S}')}</title></rect>")  # fmt: skip


def _marks(dossier: Dossier, axis: _Axis) -> Iterator[str]:
    verdicts = {item.id: item.verdict for item in dossier.examined.items}
    for call in dossier.examined.calls:
        x, told = axis.x(_moment(call)), escape(f"{call.at[11:19]} {call.action} {call.what}: {call.outcome}")
        if call.outcome != "ok":
            y = _y("refused")
            yield (f'<path class="no" d="M{x - 5} {y - 5}L{x + 5} {y + 5}M{x - 5} {y + 5}L{x + 5} {y - 5}">'
                   f"<title>{told}</title></path>")  # fmt: skip
        elif call.items and not call.action.startswith("sts:AssumeRole"):
            bad = any(verdicts.get(item) in (OPEN, NOT_JUDGED) for item in call.items)
            look, y = "open" if bad else "done", _y("changes") - 8
            yield (f'<rect class="{look}" x="{x - 4}" y="{y}" width="8" height="16">'
                   f"<title>{told}</title></rect>")  # fmt: skip
