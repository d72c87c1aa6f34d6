"""Records of incidents on disk, while things go wrong."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.incident_records import forge

from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.journeys.records_verify import verify_records
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import CLOSED, NOTED, Noted, Opened, Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed
from iam_guardrails.reports.incident import told

START = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)


def clock(*offsets: int) -> Callable[[], datetime]:
    seconds = iter([*offsets, *range(1000, 100_000)])
    return lambda: START + timedelta(seconds=next(seconds))


def records(folder: Path, store: Any = None, now: Callable[[], datetime] | None = None) -> IncidentRecords:
    said: list[str] = []
    return IncidentRecords(folder / "records", folder / "work", now or clock(), "alex@laptop", store, said.append)


def opened(number: int = 1, person: str = "alex") -> Opened:
    return Opened(f"INC-20261128-1200-{number:04}", "prod", "333333333333", "us-east-2", person, "token leaked", 30)


def test_a_step_is_added_and_everything_before_stays(tmp_path: Path) -> None:
    kept = records(tmp_path)
    incident = kept.open(opened())
    first = kept.path(incident.id).read_text()
    kept.append(incident.id, NOTED, Noted("ü"))
    assert kept.path(incident.id).read_text().startswith(first)
    assert [item.kind for item in kept.load(incident.id).steps] == ["opened", "noted"]


def test_one_that_is_open_stands_in_the_way_and_says_how_to_go_on(tmp_path: Path) -> None:
    kept = records(tmp_path)
    kept.open(opened(1))
    with pytest.raises(Problem, match=r"INC-20261128-1200-0001 is open already \(alex, 2026-11-28 .* enter"):
        kept.open(opened(2))
    kept.append(opened(1).incident_id, CLOSED, Closed("done", 1))
    assert kept.open(opened(2)).id == "INC-20261128-1200-0002"


def test_a_broken_record_takes_no_step_and_stops_no_reading_of_others(tmp_path: Path) -> None:
    kept = records(tmp_path)
    kept.open(opened(1))
    kept.append(opened(1).incident_id, CLOSED, Closed("done", 1))
    path = kept.path(opened(1).incident_id)
    path.write_text(path.read_text().replace("token leaked", "nothing much"))
    with pytest.raises(Problem, match="line 1: the line was changed"):
        kept.append(opened(1).incident_id, NOTED, Noted("x"))
    with pytest.raises(Problem, match="0001"):
        kept.all()
    incident = kept.open(opened(2))
    assert "not known, because" in incident.of(NOTED)[0].content["text"], "an emergency goes on, and it is noted"
    there, broken = kept.readable()
    assert [item.id for item in there] == [opened(2).incident_id] and "0001" in broken[0]


OPENER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.incident.step import Opened
from iam_guardrails.model.problem import Problem
folder, number = Path(sys.argv[1]), sys.argv[2]
kept = IncidentRecords(folder / "records", folder / "work", lambda: datetime.now(UTC), number)
sys.stdin.readline()
try:
    kept.open(Opened(f"INC-{number}", "prod", "333333333333", "us-east-2", "alex", "why", 30))
    print("opened")
except Problem as problem:
    print(problem)
"""


LONG = 10**12
ODD: list[tuple[str, dict[str, Any]]] = [
    ("left", {"entry": "x", "how": "ended", "exit_code": 0, "seconds": 1}),
    ("extended", {"minutes": "x", "reason": "r"}),
    ("extended", {"minutes": LONG, "reason": "r"}),
    ("extended", {}),
    ("entered", {"role_arn": 5}),
    ("exited", {"role_arn": "arn", "issued_before": "2026-11-28T12:00:00"}),
    ("exited", {"role_arn": "arn", "files": [1]}),
    ("before", {"file": 1}),
    ("noted", {}),
    ("examined", {"since": "x", "until": "y", "source": "z", "items": 3}),
    ("accepted", {"item": "a", "owner": "b", "ticket": "c", "until": "some day", "reason": "d"}),
    ("stated", {"item": "a"}),
    ("closed", {"what_happened": "x", "examined": LONG}),
    ("closed", {"what_happened": "x", "examined": 1, "prevention": [{"text": "a", "owner": "b", "due": "soon"}]}),
    ("prevented", {"number": "x", "evidence": "y"}),
    ("written", {"files": {"x": 1}}),
    ("closed", {"what_happened": "x", "examined": 1, "of_a_later_version": True}),
]


@pytest.mark.parametrize(("kind", "content"), ODD)
def test_a_line_whose_hash_is_right_and_content_is_not_breaks_its_record_and_no_other(
    tmp_path: Path, kind: str, content: dict[str, Any]
) -> None:
    kept = records(tmp_path)
    first = kept.open(opened(1))
    kept.append(first.id, CLOSED, Closed("done", 1))
    forge(kept, first.id, kind, content)
    found = verify_records("prod", kept, ())
    assert "step 3" in found[0].broken[0].why and kind in found[0].broken[0].why
    second = kept.open(opened(2))
    assert first.id in second.of(NOTED)[0].content["text"], "that one of the others is broken is noted"
    assert [item.id for item in kept.readable()[0]] == [second.id]
    with pytest.raises(Problem, match="step 3"):
        kept.load(first.id)
    with pytest.raises(Problem, match="step 3"):
        kept.append(second.id, kind, content)
    assert kept.load(second.id).steps == second.steps, "what is not as it should be is not written"


def test_a_step_of_a_kind_that_is_not_known_is_of_no_consequence(tmp_path: Path) -> None:
    kept = records(tmp_path)
    first = kept.open(opened(1))
    forge(kept, first.id, "weighed", {"grams": "x"})
    assert kept.load(first.id).is_open
    assert not verify_records("prod", kept, ())[0].broken
    assert told(kept.load(first.id).steps[-1])


def test_of_many_at_once_one_opens(tmp_path: Path) -> None:
    ran = [
        subprocess.Popen([sys.executable, "-c", OPENER, str(tmp_path), str(number)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for number in range(1, 7)
    ]  # fmt: skip
    for process in ran:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=120)[0].strip() for process in ran]
    assert answers.count("opened") == 1
    assert all("is open already" in answer for answer in answers if answer != "opened")
    assert len(records(tmp_path).ids()) == 1


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.incident.step import NOTED, Noted, Opened
folder = Path(sys.argv[1])
kept = IncidentRecords(folder / "records", folder / "work", lambda: datetime.now(UTC), "x")
incident = kept.open(Opened("INC-1", "prod", "333333333333", "us-east-2", "alex", "why", 30))
print(len(incident.steps), flush=True)
while True:
    incident = kept.append("INC-1", NOTED, Noted("x" * 200))
    print(len(incident.steps), flush=True)
"""


@pytest.mark.parametrize("seed", range(6))
def test_a_kill_at_any_point_loses_no_step_that_was_told(tmp_path: Path, seed: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.0, 0.15))
    process.kill()
    told = [first, *process.stdout.read().splitlines()]
    process.wait()
    kept = records(tmp_path)
    before = len(kept.load("INC-1").steps)
    assert before >= int(told[-1])
    assert len(kept.append("INC-1", NOTED, Noted("after")).steps) == before + 1, "the lock is free"


def test_a_disk_that_is_full_keeps_what_is_there_and_hands_over_the_line(tmp_path: Path) -> None:
    kept = records(tmp_path)
    kept.open(opened())
    before = kept.path(opened().incident_id).read_bytes()
    script = f"""
import resource, signal
from datetime import UTC, datetime
from pathlib import Path
from iam_guardrails.adapters.incidents import IncidentRecords, NotWritten
from iam_guardrails.model.incident.step import NOTED, Noted
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
base = Path({str(tmp_path)!r})
kept = IncidentRecords(base / "records", base / "work", lambda: datetime.now(UTC), "x")
try:
    kept.append({opened().incident_id!r}, NOTED, Noted("what was seen"))
except NotWritten as lost:
    print(lost)
    print(lost.line)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    said, line = ran.stdout.splitlines()
    assert "the step was not kept" in said and "cannot be written" in said
    assert json.loads(line)["content"] == {"text": "what was seen"}
    assert kept.path(opened().incident_id).read_bytes() == before
    assert not [path for path in kept.folder.iterdir() if path.name.startswith(".")], "a temporary file stayed"


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("a file where the folder should be")
    with pytest.raises(Problem, match="cannot be written"):
        records(tmp_path).open(opened())


def test_a_clock_that_jumps_loses_nothing(tmp_path: Path) -> None:
    kept = records(tmp_path, now=clock(0, -3600, 7200, -86400))
    for number in range(3):
        incident = kept.append(kept.open(opened()).id, NOTED, Noted("x")) if number == 0 else kept.append(
            opened().incident_id, NOTED, Noted("y")
        )  # fmt: skip
    assert [item.number for item in incident.steps] == [1, 2, 3, 4]
    assert incident.jumps() == ((2, 3600), (4, 93600))
    assert not kept.check(incident.id).broken


def test_a_head_that_is_gone_or_foreign_is_said(tmp_path: Path) -> None:
    kept = records(tmp_path)
    incident = kept.open(opened())
    head = kept.folder / f"{incident.id}.head.json"
    head.write_text("{}")
    with pytest.raises(Problem, match="cannot be read"):
        kept.load(incident.id)
    head.unlink()
    with pytest.raises(Problem, match="is missing"):
        kept.load(incident.id)


def test_a_record_that_is_gone_is_not_silence(tmp_path: Path) -> None:
    kept = records(tmp_path)
    kept.open(opened(1))
    kept.path(opened(1).incident_id).unlink()
    there, broken = kept.readable()
    assert not there and "is missing" in broken[0]
    incident = kept.open(opened(2))
    assert "is missing" in incident.of(NOTED)[0].content["text"]


def test_what_a_terminal_would_obey_is_shown_as_signs(tmp_path: Path) -> None:
    kept = records(tmp_path)
    kept.open(Opened("INC-1", "prod", "333333333333", "us-east-2", "alex", "a\x1b[2J\u202eb", 30))
    with pytest.raises(Problem) as refused:
        kept.open(opened(2))
    assert r"a\x1b[2J\u202eb" in str(refused.value)


def test_stopped_before_the_first_line_nothing_is_open(tmp_path: Path) -> None:
    kept = records(tmp_path)
    kept.folder.mkdir(parents=True)
    (kept.folder / "INC-9.head.json").write_text('{"lines": 0, "hash": ""}')
    assert kept.open(opened()).is_open


class Elsewhere:
    """A store: what was sent, who holds the claim, and whether it answers."""

    url = "s3://records/x"

    def __init__(self) -> None:
        self.lines: dict[str, list[Step]] = {}
        self.holder: Incident | None = None
        self.down = False

    def claim(self, incident_id: str) -> Incident | None:
        self._answer()
        return self.holder

    def send(self, incident_id: str, steps: Any) -> int:
        self._answer()
        there = self.lines.setdefault(incident_id, [])
        new = list(steps)[len(there) :]
        there += new
        return len(new)

    def ids(self) -> tuple[str, ...]:
        return tuple(self.lines)

    def text(self, incident_id: str) -> str:
        return ""

    def sent_at(self, incident_id: str) -> datetime | None:
        self._answer()
        return START if incident_id in self.lines else None

    def is_locked(self) -> bool:
        return True

    def _answer(self) -> None:
        if self.down:
            raise Problem("AWS did not answer")


def test_every_line_goes_to_the_store_too_also_those_it_missed(tmp_path: Path) -> None:
    store = Elsewhere()
    kept = records(tmp_path, store)
    incident = kept.open(opened())
    store.down = True
    kept.append(incident.id, NOTED, Noted("while it was down"))
    assert len(store.lines[incident.id]) == 1
    store.down = False
    incident = kept.append(incident.id, NOTED, Noted("after"))
    assert store.lines[incident.id] == list(incident.steps)


def test_an_incident_of_another_machine_stands_in_the_way(tmp_path: Path) -> None:
    store = Elsewhere()
    store.holder = records(tmp_path / "other").open(opened(7, "sam"))
    with pytest.raises(Problem, match=r"0007 is open already \(sam"):
        records(tmp_path, store).open(opened(1))
    assert not records(tmp_path).ids(), "nothing was begun here"


def test_when_the_store_got_a_declaration_is_asked_of_the_store(tmp_path: Path) -> None:
    store, told = Elsewhere(), list[str]()
    kept = changed(records(tmp_path, store), tell=told.append)
    incident = kept.open(opened())
    assert kept.sent_at(incident.id) == START
    assert kept.sent_at("INC-nothing") is None and records(tmp_path).sent_at(incident.id) is None
    store.down = True
    assert kept.sent_at(incident.id) is None
    assert told[-1] == "when the store got the declaration is not known: AWS did not answer"


def test_one_of_another_machine_that_is_dated_ahead_stands_not_in_the_way_and_is_noted(tmp_path: Path) -> None:
    store = Elsewhere()
    ahead = changed(records(tmp_path / "other"), now=lambda: START + timedelta(days=2))
    store.holder = ahead.open(opened(7, "sam"))
    incident = changed(records(tmp_path, store), now=lambda: START).open(opened(1))
    assert "is open in the store, and dated ahead" in incident.of(NOTED)[0].content["text"]


def test_a_store_that_does_not_answer_stops_no_emergency_and_is_noted(tmp_path: Path) -> None:
    store = Elsewhere()
    store.down = True
    incident = records(tmp_path, store).open(opened())
    assert "another machine" in incident.of(NOTED)[0].content["text"]


def test_a_lock_that_is_held_ends_in_a_sentence(tmp_path: Path) -> None:
    import fcntl

    from iam_guardrails.adapters import writing_lock

    (tmp_path / "work").mkdir()
    with (tmp_path / "work" / "incidents.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = subprocess.run(
            [sys.executable, "-c",
             "import sys; from pathlib import Path;"
             "from iam_guardrails.adapters import incidents as i, writing_lock as w;"
             "from datetime import UTC, datetime; w.LOCK_SECONDS = 0.2;"
             f"k = i.IncidentRecords(Path({str(tmp_path / 'records')!r}), Path({str(tmp_path / 'work')!r}),"
             " lambda: datetime.now(UTC), 'x')\n"
             "from iam_guardrails.model.incident.step import Opened\n"
             "try: k.open(Opened('INC-1', 'prod', '3', 'us-east-2', 'a', 'b', 3))\n"
             "except Exception as e: print(type(e).__name__, e)"],
            capture_output=True, text=True,
        )  # fmt: skip
    assert process.stdout.startswith("Problem another guardrails holds"), process.stderr
    assert writing_lock.LOCK_SECONDS == 10.0


def test_what_is_kept_beside_is_written_whole(tmp_path: Path) -> None:
    path = records(tmp_path).keep_beside("INC-1", "before.json.gz", b"x")
    assert path.name == "INC-1.before.json.gz" and path.read_bytes() == b"x"
