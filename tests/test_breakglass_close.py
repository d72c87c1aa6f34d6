"""breakglass close, accept, reverted and prevented, as far as they need no AWS; and what a closed use leaves behind."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import html.parser as html_parser
import json
import re
import subprocess
import sys
from argparse import Namespace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import pytest

from iam_guardrails.adapters.change_log import add_entry
from iam_guardrails.adapters.files import require_writable
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.adapters.review_file import read_review
from iam_guardrails.breakglass_close_command import _examine
from iam_guardrails.breakglass_exit_command import keep_replaced
from iam_guardrails.close_review_wiring import review_of
from iam_guardrails.close_wiring import Closing, closing_for
from iam_guardrails.dossier_wiring import close_use, write_dossier
from iam_guardrails.incident_wiring import Found, find, now
from iam_guardrails.model.account import Account
from iam_guardrails.model.codec import encode
from iam_guardrails.model.incident.examined import (
    Closed,
    Done,
    Examined,
    Item,
    Prevention,
    StateChange,
)
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.reach import Reach
from iam_guardrails.model.incident.review import late, prevention_of
from iam_guardrails.model.incident.session import Ended
from iam_guardrails.model.incident.step import (
    ACCEPTED,
    BEFORE,
    CLOSED,
    ENTERED,
    EXAMINED,
    EXITED,
    Accepted,
    Before,
    Entered,
    Exited,
    Opened,
)
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed
from iam_guardrails.reports.dossier import html, text
from iam_guardrails.reports.dossier.outcome import ending, lacking, of_items
from iam_guardrails.reports.dossier.told import dossier_of
from iam_guardrails.reports.dossier.told import step_told as told_step
from iam_guardrails.reports.fitting import fitted
from tests.breakglass_project import ACCOUNT, environ, guardrails, make, on_terminal
from tests.incident_records import INCIDENT, incident, record

ID = "INC-20261128-1150-k7qf"
EVIL = 'queue | <script>alert(1)</script> `x` \u001b[31m\n### 2026-01-01 · break-glass · prod · fake "q"'
OPEN_ITEM = Item("attached-policy-of-role-1a2b3c", "AdministratorAccess is attached to the role mw", "still open",
                 "it is still there", "aws iam detach-role-policy --role-name mw", writes=("e2",))  # fmt: skip
DOUBT = Item("TerminateInstances-9f8e7d", "ec2:TerminateInstances", "not judged", "nobody knows", writes=("e3",))
GONE = Item("ingress-rule-aaaaaa", f"the group lets in {EVIL}", "reverted", "not there any more", writes=("e4",))
CALLS = (
    Done("2026-11-28T12:01:00Z", "sts:AssumeRole", "admin", "ok", "arn:aws:iam::1:user/alex", "x", "r", "e1"),
    Done("2026-11-28T12:02:00Z", "iam:AttachRolePolicy", EVIL, "ok", "me", "x", "r", "e2", (OPEN_ITEM.id,)),
    Done("2026-11-28T12:03:00Z", "cloudtrail:StopLogging", "t", "AccessDenied", "me", "x", "r", "e5"),
)  # fmt: skip
EXAMINATION = Examined("2026-11-28T11:45:00Z", "2026-11-28T13:00:00Z", "lookup:us-east-2", (GONE,), CALLS,
                       (StateChange("users", EVIL, "", "nothing", "there", "", "iam:CreateUser by x"),), 7,
                       ("a page is missing",), ("management events only",))  # fmt: skip
TODAY = datetime.now(UTC).date()
REVIEW = Closed(f"rotated {EVIL}", 2, (Prevention(f"tighten {EVIL}", "alex", f"{TODAY + timedelta(days=9)}"),), "",
                "the page will not come", "one after 40 s", "leadership")  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = make(tmp_path)
    (made / "Change_Log.md").write_text(
        "# Change log\n\n```markdown\n### YYYY-MM-DD · break-glass · <environment> · <incident id>\n## Entries\n```\n\n"
        "## Entries\n\nNone yet.\n"
    )
    return made


def records(root: Path) -> IncidentRecords:
    return IncidentRecords(root / "envs/prod/records", root / ".guardrails/prod", now, "alex@laptop")


def begin(root: Path, *steps: tuple[str, Any]) -> IncidentRecords:
    kept = records(root)
    kept.open(Opened(ID, "prod", ACCOUNT, "us-east-2", "alex", EVIL, 30, ticket="T-1"))
    for kind, content in steps:
        kept.append(ID, kind, content)
    return kept


def test_close_of_a_closed_use_finishes_what_an_earlier_run_was_stopped_before(root: Path) -> None:
    kept = begin(root, (EXAMINED, EXAMINATION), (CLOSED, REVIEW))  # killed right after the step was written
    first = guardrails(root, "breakglass", "close", ID)
    assert first.returncode == 0, first.stderr
    files = [kept.folder / f"{ID}.dossier.{form}" for form in ("md", "html")]
    written = [path.read_text() for path in files]
    log = (root / "Change_Log.md").read_text()
    assert (
        sum(line.startswith("### ") and line.endswith(f" · break-glass · prod · {ID}") for line in log.split("\n")) == 1
    )
    assert "None yet." not in log
    files[0].unlink()  # killed in between
    again = guardrails(root, "breakglass", "close", ID)
    assert again.returncode == 0
    assert [path.read_text() for path in files] == written
    assert (root / "Change_Log.md").read_text() == log
    last = " ".join(first.stdout.split()).partition(f" {ID} is closed; read ")[2]
    assert "there is no git repository here: hand Change_Log.md and the record to prod-breakglass-primary or" in last
    assert last.endswith("next: guardrails records verify prod")


def test_the_entry_has_the_form_and_no_text_of_somebody_breaks_it(root: Path) -> None:
    begin(root, (EXAMINED, EXAMINATION), (CLOSED, REVIEW))
    guardrails(root, "breakglass", "close", ID)
    entry = (root / "Change_Log.md").read_text().partition("\n## Entries\n\n")[2]
    lines = entry.strip().split("\n")
    assert [line.split(":")[0] for line in lines[1:]] == [
        "- Why", "- Who", "- When", "- What was changed", "- Alarms", "- Prevention",
    ]  # fmt: skip
    assert len(lines) == 7
    assert r"\<script\>" in lines[1]
    assert "picture may be incomplete" in lines[4]
    assert f"{TODAY + timedelta(days=9)}" in lines[6]


class Page(html_parser.HTMLParser):
    """What tags a page has, and what it would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        self.tags.append(tag)
        self.outside += [name for name, _ in attrs if name in ("src", "href", "onload", "onclick")]


def test_the_page_needs_nothing_else_and_runs_nothing(root: Path) -> None:
    kept = begin(root, (EXAMINED, EXAMINATION), (CLOSED, REVIEW))
    guardrails(root, "breakglass", "close", ID)
    text = (kept.folder / f"{ID}.dossier.html").read_text()
    page = Page()
    page.feed(text)
    assert "script" not in page.tags
    assert page.outside == []
    assert page.tags.count("svg") == 1
    for said in (
        "prefers-color-scheme:dark",
        "@media print",
        "width=device-width",
        "may be incomplete",
        "AccessDenied",
    ):
        assert said in text
    ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + len("</svg>")].replace(" xmlns=", " x="))
    markdown = (kept.folder / f"{ID}.dossier.md").read_text()
    assert "<script" not in re.sub(r"`[^`]*`", "", markdown).replace("\\<", "")  # in code it is only text
    assert "\n### 2026-01-01" not in markdown


def test_what_is_written_after_the_close_changes_no_dossier(root: Path) -> None:
    kept = begin(root, (EXAMINED, EXAMINATION), (CLOSED, REVIEW))
    guardrails(root, "breakglass", "close", ID)
    path = kept.folder / f"{ID}.dossier.md"
    before = path.read_text()
    done = guardrails(root, "breakglass", "prevented", ID, "1", "--evidence", "commit abc")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "next: guardrails breakglass status prod"
    assert "0 left" in done.stdout
    guardrails(root, "breakglass", "close", ID)
    assert path.read_text() == before


def test_a_session_that_can_be_used_stops_the_close(root: Path) -> None:
    session = Entered("r", "iam-user", "alex", "alex", "arn", "id", ACCOUNT, "us-east-2", 60,
                      now() + timedelta(minutes=50), "subshell")  # fmt: skip
    begin(root, (ENTERED, session))
    ran = guardrails(root, "breakglass", "close", ID)
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1] == f"next: guardrails breakglass exit {ID}"
    for more, file in (((), None), (("--output", "told.json"), root / "told.json")):
        ran = guardrails(root, "breakglass", "close", ID, "--format", "json", *more)
        told = json.loads(file.read_text() if file else ran.stdout)
        assert (ran.returncode, told["exit_code"], told["incident"], told["examined"]) == (1, 1, ID, None)
        assert told["next"] == f"guardrails breakglass exit {ID}" and "can be used until" in told["said"][0]
        assert not (file and ran.stdout)
    records(root).append(ID, EXITED, Exited("r", now() + timedelta(seconds=30)))
    ran = guardrails(root, "breakglass", "close", ID)
    assert ran.returncode == 2  # AWS does not answer
    assert "AWS" in ran.stderr


def accept(root: Path, item: str, **more: str) -> Any:
    options = {"owner": "alex", "ticket": "T-1", "until": f"{TODAY + timedelta(days=30)}", "reason": "vendor"} | more
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return guardrails(root, "breakglass", "accept", ID, item, *words)


def test_accepting_something(root: Path) -> None:
    begin(root, (EXAMINED, Examined("a", "b", "c", (OPEN_ITEM, DOUBT, GONE))))
    ran = accept(root, "1a2b3c")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == f"next: guardrails breakglass close {ID}"
    (kept,) = records(root).load(ID).contents(ACCEPTED, Accepted)
    assert (kept.item, kept.owner) == (OPEN_ITEM.id, "alex")
    for item, more, said in (
        ("ingress-rule", {}, "there is nothing to accept"), ("nowhere", {}, "names no single item"),
        ("1a2b3c", {"until": "2020-01-01"}, "is past"), ("1a2b3c", {"until": "soon"}, "is no day"),
        ("1a2b3c", {"until": f"{TODAY + timedelta(days=91)}"}, "more than 90 days"),
        ("1a2b3c", {"owner": " "}, "is empty"),
    ):  # fmt: skip
        ran = accept(root, item, **more)
        assert (ran.returncode, said in ran.stderr) == (2, True), ran.stderr


def test_nobody_vouches_for_what_is_seen_to_be_open(root: Path) -> None:
    begin(root, (EXAMINED, Examined("a", "b", "c", (OPEN_ITEM, DOUBT, GONE))))
    words = ("--evidence", "the console shows it")
    assert "seen to be still open" in guardrails(root, "breakglass", "reverted", ID, OPEN_ITEM.id, *words).stderr
    assert "nobody needs to vouch" in guardrails(root, "breakglass", "reverted", ID, GONE.id, *words).stderr
    ran = guardrails(root, "breakglass", "reverted", DOUBT.id, *words)  # of the one that is open
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, f"next: guardrails breakglass close {ID}")


def test_what_is_late_is_told(root: Path) -> None:
    accepted = Accepted(OPEN_ITEM.id, "alex", "T-1", "2026-01-31", "vendor")
    review = Closed("x", 2, (Prevention("tighten", "sam", "2026-01-15"), Prevention("train", "sam", "2999-01-01")))
    kept = begin(root, (EXAMINED, Examined("a", "b", "c", (OPEN_ITEM,))), (ACCEPTED, accepted), (CLOSED, review))
    found = late(kept.load(ID), TODAY)
    assert [(item.owner, item.due) for item in found] == [("sam", "2026-01-15"), ("alex", "2026-01-31")]
    assert late(kept.load(ID), date(2026, 1, 10)) == ()
    ran = guardrails(root, "breakglass", "close", ID)
    assert ran.returncode == 1
    assert "late: prevention action 1: tighten (sam, 2026-01-15)" in ran.stdout
    kept.append(ID, EXAMINED, Examined("a", "b", "c", (GONE,)))
    assert [item.owner for item in late(kept.load(ID), TODAY)] == ["sam", "alex"]
    undone = Item(OPEN_ITEM.id, "x", "reverted", "y")
    kept.append(ID, EXAMINED, Examined("a", "b", "c", (undone,)))
    assert [item.owner for item in late(kept.load(ID), TODAY)] == ["sam"]


@pytest.mark.parametrize(
    ("text", "owner", "due"), [("", "a", "x"), ("a", "", "x"), ("a", "b", "x"), ("a", "b", "2020-01-01")]
)
def test_a_prevention_action_has_an_owner_and_a_day_to_come(text: str, owner: str, due: str) -> None:
    with pytest.raises(Problem):
        prevention_of(text, owner, due, TODAY)


def test_a_review_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "review.toml"
    path.write_text('what_happened = "x"\n[[prevention]]\ntext = "a"\nowner = "b"\ndue = 2027-01-31\n')
    assert read_review(str(path)).prevention == (("a", "b", "2027-01-31"),)
    for wrong in ("what = 1", "what_happened = 1", "prevention = 1", "[[prevention]]\nwho = 1", "= 2"):
        path.write_text(wrong)
        with pytest.raises(Problem):
            read_review(str(path))


def closing(root: Path) -> Any:
    found = find(root, ID, False)
    return closing_for(root, found, False, lambda _: None, now=now, wait=lambda _: None)


def test_the_capture_from_before_counts_only_as_it_was_written(root: Path) -> None:
    kept = begin(root)
    assert "no capture was made" in closing(root).before().reason
    packed = gzip.compress(json.dumps(encode(Account("live", ACCOUNT, "us-east-2"))).encode())
    path = kept.keep_beside(ID, "before.json.gz", packed)
    kept.append(ID, BEFORE, Before(path.name, hashlib.sha256(packed).hexdigest()))
    assert closing(root).before() == Account("live", ACCOUNT, "us-east-2")
    for content in (packed + b"x", b""):
        path.write_bytes(content)
        assert "is not the one that was written" in closing(root).before().reason
    path.unlink()
    assert "cannot be read" in closing(root).before().reason
    bad = gzip.compress(b'{"origin": 1}')
    kept.append(ID, BEFORE, Before(kept.keep_beside(ID, "before.json.gz", bad).name, hashlib.sha256(bad).hexdigest()))
    assert isinstance(closing(root).before(), Unknown)


ENTRY = "### 2026-11-28 · break-glass · prod · INC-1\n- Why: x\n"


def test_entries_stand_newest_first_and_once(tmp_path: Path) -> None:
    log, lock = tmp_path / "Change_Log.md", tmp_path / "lock"
    log.write_text("# Log\n\n```\n## Entries\n```\n\n## Entries\n\nNone yet.\n")
    assert add_entry(log, lock, ENTRY)
    assert add_entry(log, lock, ENTRY.replace("INC-1", "INC-2"))
    assert not add_entry(log, lock, ENTRY.replace("2026-11-28", "2026-11-29"))
    text = log.read_text()
    assert text.index("INC-2") < text.index("INC-1")
    assert text.startswith(
        "# Log\n\n```\n## Entries\n```\n\n## Entries\n\n### 2026-11-28 · break-glass · prod · INC-2\n"
    )
    assert "None yet." not in text


def test_a_log_without_its_heading_is_not_written(tmp_path: Path) -> None:
    log = tmp_path / "Change_Log.md"
    log.write_text("# Log\n")
    with pytest.raises(Problem, match="has no heading"):
        add_entry(log, tmp_path / "lock", ENTRY)
    with pytest.raises(Problem, match=r"is not there, .*restore it from version control, and repeat"):
        add_entry(tmp_path / "none.md", tmp_path / "lock", ENTRY)
    assert add_entry(tmp_path / "none.md", tmp_path / "lock", ENTRY, make=True)


def test_the_projects_own_log_takes_an_entry(tmp_path: Path) -> None:
    own = (Path(__file__).parent.parent / "Change_Log.md").read_text()
    log = tmp_path / "Change_Log.md"
    log.write_text(own)
    assert add_entry(log, tmp_path / "lock", ENTRY)
    assert log.read_text().startswith(own.partition("## Entries")[0])


def test_records_are_read_from_files_too(root: Path) -> None:
    begin(root)
    done = record("iam:AttachRolePolicy", {"roleName": "mw", "policyArn": "p"}, incident=ID)
    content = dict(done.content) | {"eventID": "e1", "eventTime": f"{now():%Y-%m-%dT%H:%M:%SZ}"}
    folder = root / "trail" / f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1" / f"{now():%Y/%m/%d}"
    folder.mkdir(parents=True)
    name = f"{ACCOUNT}_CloudTrail_us-east-1_{now():%Y%m%dT%H%MZ}_AbCdEfGhIjKlMnOp.json.gz"
    (folder / name).write_bytes(gzip.compress(json.dumps({"Records": [content]}).encode()))
    made = closing_for(root, find(root, ID, False), False, lambda _: None, now=lambda: now() + timedelta(seconds=9),
                       wait=lambda _: None, source=str(root / "trail"), cache_folder=str(root / "cache"))  # fmt: skip
    found = made.collected(made.before())
    assert ([one.action for one in found.mine], found.gaps) == (["iam:AttachRolePolicy"], ())
    wider = changed(made, reach=Reach(("us-east-1", "eu-west-1"))).collected(made.before())
    assert wider.gaps == ("there is no file and no digest of eu-west-1",)
    first, second = found.notes
    assert first == "there are files of us-east-1, and of no other Region"
    assert second == f"the folder's files reach to {found.copied[0][1]}, and what came later is not in it"
    (root / "empty").mkdir()
    nothing = closing_for(root, find(root, ID, False), False, lambda _: None, now=now, wait=lambda _: None,
                          source=str(root / "empty"), cache_folder=str(root / "cache"))  # fmt: skip
    assert "there is no file" in nothing.collected(nothing.before()).gaps[0]


def test_however_short_the_wait_records_may_come_as_long_as_ever(root: Path) -> None:
    begin(root, (EXAMINED, EXAMINATION))
    found = find(root, ID, False)

    def made(seconds: float | None) -> Closing:
        return closing_for(root, found, False, lambda _: None, now=now, wait=lambda _: None, wait_seconds=seconds)

    assert [made(seconds).complete_seconds for seconds in (None, 0, 60, 3600)] == [900, 900, 900, 3600]
    assert changed(made(0), sandbox=True).complete_seconds == 0
    refused = guardrails(root, "breakglass", "close", ID, "--wait", "-5")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--wait -5 is no time to wait: give a number of seconds, 0 or more" in refused.stderr
    asked = Namespace(review="", prevent=[], owner=[], due=[], happened="x", no_prevention="y", incomplete="",
                      no_wait=False, wait=60, alarms="", told="")  # fmt: skip
    closed = review_of(asked, found.incident)
    assert isinstance(closed, Closed) and closed.incomplete == "it was closed after a wait of 60 s only"


class Looked:
    """An examination that is there already. found: the use."""

    def __init__(self, found: Found, examined: Examined) -> None:
        self.found, self._examined = found, examined

    def examination(self, waits: bool) -> Examined:
        """See Closing."""
        return self._examined

    def keep(self, examined: Examined) -> Incident:
        """See Closing."""
        return self.found.records.append(self.found.incident.id, EXAMINED, examined)


@pytest.mark.parametrize(("wait", "code", "why"), [(None, 2, ""), (0, 0, "it was closed without waiting"),
                                                   (60, 0, "it was closed after a wait of 60 s only")])  # fmt: skip
def test_a_short_wait_closes_with_a_word_about_it(root: Path, wait: int | None, code: int, why: str) -> None:
    begin(root)
    late = changed(EXAMINATION, incomplete=("CloudTrail may deliver records of this use until about 12:00 UTC",))
    given = Namespace(
        review="", prevent=[], owner=[], due=[], happened="x", no_prevention="y", incomplete="", no_wait=False,
        wait=wait, alarms="", told="", format="text", output=None, profile=None, sandbox=False,
    )  # fmt: skip
    closing = cast(Closing, Looked(find(root, ID, False), late))
    assert _examine(root, closing, given, lambda text, output: None) == code
    closed = find(root, ID, False).incident.contents(CLOSED, Closed)
    assert [item.incomplete for item in closed] == ([why] if why else [])


def test_a_run_that_is_killed_at_any_time_is_finished_by_the_next(root: Path) -> None:
    kept = begin(root, (EXAMINED, EXAMINATION), (CLOSED, REVIEW))
    words = [sys.executable, "-m", "iam_guardrails", "--root", str(root), "breakglass", "close", ID]
    for tenth in range(1, 8):
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ())
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(tenth / 8)
        child.kill()
        child.wait()
    assert guardrails(root, "breakglass", "close", ID).returncode == 0
    assert (root / "Change_Log.md").read_text().count(f"· break-glass · prod · {ID}\n") == 1
    assert kept.check(ID).broken == ()


def test_ci_tells_of_what_is_late(root: Path) -> None:
    """README's workflow runs `breakglass status`, which ends with 1 and names it; a review counts it too."""
    review = Closed("x", 2, (Prevention("tighten", "sam", "2026-01-15"),))
    begin(root, (EXAMINED, Examined("a", "b", "c", (GONE,))), (CLOSED, review))
    guardrails(root, "breakglass", "close", ID)
    ran = guardrails(root, "breakglass", "status", "prod")
    assert ran.returncode == 1
    assert "overdue since 2026-01-15: prevention action 1: tighten (sam)" in " ".join(ran.stdout.split())
    assert ran.stdout.splitlines()[-1] == f"next: guardrails breakglass prevented {ID} 1 --evidence TEXT"
    told = json.loads(guardrails(root, "breakglass", "status", "--format", "json").stdout)["lines"]
    assert [(line["incident"], line["wrong"]) for line in told] == [(ID, True)]
    assert guardrails(root, "breakglass", "prevented", ID, "1", "--evidence", "commit abc").returncode == 0
    assert guardrails(root, "breakglass", "status", "prod").returncode == 0


def unwritable(root: Path, name: str) -> str:
    """Make one of the files of a close impossible; returns what is said of it."""
    log = root / "Change_Log.md"
    folder = root / "envs/prod/records/incidents"
    match name:
        case "no log":
            log.unlink()
            return f"the change log {log} is not there"
        case "no heading":
            log.write_text("# Log\n")
            return f"{log} has no heading"
        case "a folder instead of the log":
            log.unlink()
            log.mkdir()
            return f"the change log: {log} cannot be read"
        case "a folder instead of the dossier":
            (folder / f"{ID}.dossier.html").mkdir()
            return f"{ID}.dossier.html cannot be written: it is a folder"
        case _:
            (root / ".guardrails/change-log.lock").mkdir(parents=True)
            return "change-log.lock cannot be written"


@pytest.mark.parametrize(
    "name", ["no log", "no heading", "a folder instead of the log", "a folder instead of the dossier", "no lock"]
)
def test_close_looks_first_whether_it_can_write_what_a_close_leaves(root: Path, name: str) -> None:
    kept = begin(root)
    said = unwritable(root, name)
    ran = guardrails(root, "breakglass", "close", ID, "--no-wait")
    assert ran.returncode == 2
    assert said in ran.stderr and len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    assert kept.load(ID).state == "declared" and len(kept.load(ID).steps) == 1


def test_a_folder_that_nobody_may_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="x cannot be written: "):
        require_writable(tmp_path / "file" / "x")
    require_writable(tmp_path / "new" / "x")
    assert not (tmp_path / "new" / "x").exists()


OPENED_USE = incident(steps=[(EXAMINED, Examined("a", "b", "c", (OPEN_ITEM, DOUBT)))])
WHY = (
    "CloudTrail may deliver records of this use until about 12:30:00 UTC",
    "the entry at 2026-11-28 12:00:05 UTC into prod-breakglass-admin as sam by sam is not counted here, for it bears no"
    " incident id (source identity)",
)


@pytest.mark.parametrize(
    ("found", "code", "last"),
    [
        (Examined("a", "b", "c", (OPEN_ITEM, DOUBT)), 1, f"close {INCIDENT}"),
        (Examined("a", "b", "c", (GONE, DOUBT)), 2, f"reverted {INCIDENT} {DOUBT.id} --evidence TEXT"),
        (Examined("a", "b", "c", (GONE,), incomplete=WHY), 2, f"close {INCIDENT}"),
    ],
)
def test_the_last_line_of_close_is_the_command_that_is_needed(found: Examined, code: int, last: str) -> None:
    made = of_items(OPENED_USE, found, goes_on=False)
    lines = ending(made).splitlines()
    assert (made.code, lines[-1]) == (code, f"next: guardrails breakglass {last}")
    assert [line for line in lines if len(line) > 80 and "guardrails breakglass" not in line] == []
    assert all(said in " ".join(" ".join(lines).split()) for said in found.incomplete)
    told = json.loads(text.as_json("prod", OPENED_USE, found, made))
    assert (told["incident"], told["next"]) == (INCIDENT, f"guardrails breakglass {last}")


def test_what_a_review_lacks_is_asked_for_by_a_command() -> None:
    lines = ending(lacking(OPENED_USE, happened=False, prevention=False)).splitlines()
    assert lines[-1].endswith(f"close {INCIDENT} --happened TEXT --prevent TEXT --owner NAME --due DAY")
    assert ending(lacking(OPENED_USE, True, False)).splitlines()[-1].endswith("--prevent TEXT --owner NAME --due DAY")
    assert all(len(line) <= 80 for line in lines[:-1])


def test_on_a_terminal_sentences_fit_and_commands_stay_whole(root: Path) -> None:
    long = Item("ingress-rule-bbbbbb", "the group lets in everybody, " * 5, "stays", "that was the purpose " * 4)
    begin(root, (EXAMINED, Examined("a", "b", "c", (GONE, long))), (CLOSED, REVIEW))
    terminal = on_terminal(root, "breakglass", "close", ID)
    assert terminal.ended() == 0, terminal.seen
    wide = [line for line in terminal.seen.splitlines() if len(line) > 80 and " " in line.strip()]
    assert wide == []
    assert "that was the purpose" in terminal.seen
    command = f"    undo: aws ec2 revoke-security-group-ingress --group-id sg-1 {'x' * 90}"
    assert fitted(f"{command}\n  {'word ' * 30}").splitlines()[0] == command
    assert all(len(line) <= 80 for line in fitted(f"  {'word ' * 30}").splitlines())


def verified(root: Path) -> tuple[int, str]:
    ran = guardrails(root, "records", "verify")
    return ran.returncode, ran.stdout


def test_verify_sees_what_became_of_the_files_beside_a_record(root: Path) -> None:
    kept = begin(root, (EXAMINED, EXAMINATION))
    made = close_use(find(root, ID, False), REVIEW)
    assert sorted(made.steps[-1].content["files"]) == [f"{ID}.dossier.html", f"{ID}.dossier.md"]
    assert guardrails(root, "breakglass", "close", ID).returncode == 0
    assert len(kept.load(ID).steps) == 3, "it came out the same"
    assert verified(root)[0] == 0
    for form in ("md", "html"):
        path = kept.folder / f"{ID}.dossier.{form}"
        path.write_text("nothing happened")
        code, said = verified(root)
        assert code == 1 and f"line 3: {path.name} is not the file the line speaks of: it was changed" in said
        path.unlink()
        code, said = verified(root)
        assert code == 1 and f"line 3: {path.name}, which the line speaks of, cannot be read" in said
        assert guardrails(root, "breakglass", "close", ID).returncode == 0
        assert verified(root)[0] == 0, "it is written again as it was"
    (root / "Change_Log.md").rename(root / "away")
    for name in ("jsonl", "head.json"):
        (kept.folder / f"{ID}.{name}").unlink()
    code, said = verified(root)
    assert code == 1 and f"the whole record is missing; {ID}.dossier.md is there" in said
    (root / "away").rename(root / "Change_Log.md")
    for path in kept.folder.iterdir():
        path.unlink()
    code, said = verified(root)
    assert code == 1 and "the whole record is missing; Change_Log.md has an entry of it" in said


def test_a_dossier_that_comes_out_another_way_is_on_record_too(root: Path) -> None:
    kept = begin(root, (EXAMINED, EXAMINATION), (CLOSED, REVIEW))  # by a version that wrote no hashes
    assert "no hash of its dossier is on record" in verified(root)[1]
    assert guardrails(root, "breakglass", "close", ID).returncode == 0
    assert [step.kind for step in kept.load(ID).steps[3:]] == ["written"]
    (kept.folder / f"{ID}.dossier.md").write_text("nothing happened")
    code, said = verified(root)
    assert code == 1 and f"line 4: {ID}.dossier.md is not the file" in said


def test_what_an_exit_replaced_is_verified(root: Path) -> None:
    kept = begin(root)
    item = keep_replaced(find(root, ID, False), Ended(Exited("arn:x:role/admin", now()), replaced="{}"), lambda _: None)
    kept.append(ID, EXITED, item.step)
    assert verified(root)[0] == 0
    (name,) = item.step.files
    (kept.folder / name).write_text("{ }")
    code, said = verified(root)
    assert code == 1 and f"{name} is not the file" in said


def test_an_entry_of_which_only_the_id_is_left_is_told(root: Path) -> None:
    begin(root, (EXAMINED, EXAMINATION), (CLOSED, REVIEW))
    assert guardrails(root, "breakglass", "close", ID).returncode == 0
    assert guardrails(root, "breakglass", "status").returncode == 0
    log = root / "Change_Log.md"
    text = log.read_text()
    heading = text.partition("\n## Entries\n\n")[2].split("\n")[0]
    for left, said in (
        (f"· {ID}", "has no entry for it"), (f"# Log\n\n## Entries\n\n· {ID}\n", "has no entry for it"),
        (f"# Log\n\n## Entries\n\n{heading}\n- Why: x\n", "lacks: Who, When, What was changed, Alarms, Prevention"),
    ):  # fmt: skip
        log.write_text(left)
        ran = guardrails(root, "breakglass", "status")
        assert ran.returncode == 1 and said in " ".join(ran.stdout.split()), ran.stdout
    assert ran.stdout.splitlines()[-1] == "next: git log --patch -- Change_Log.md"


ALIVE = Item("session-aaaaaa", "the session alex", "reverted", "its role denies everything", kind="session")


def test_a_session_is_no_change(root: Path) -> None:
    nothing = Examined("a", "b", "c", (ALIVE,), entries=1)
    kept = begin(root, (EXAMINED, nothing))
    close_use(find(root, ID, False), REVIEW)
    told = [text.render(kept.load(ID), nothing, lacking(OPENED_USE, True, True)), told_step(kept.load(ID).steps[1]),
            guardrails(root, "breakglass", "show", ID).stdout]  # fmt: skip
    told += [(kept.folder / f"{ID}.dossier.{form}").read_text() for form in ("md", "html")]
    for said, wanted in zip(told, ("0 changes", "0 changes", "0 things were changed", "0 changes",
                                   "Changes: nothing that CloudTrail shows"), strict=True):  # fmt: skip
        assert wanted in said and "1 change" not in said and "1 reverted" not in said
    open_session = changed(ALIVE, verdict="still open")
    page = html.render(dossier_of("prod", incident(steps=[(EXAMINED, changed(nothing, items=(open_session, GONE))),
                                                           (CLOSED, REVIEW)])))  # fmt: skip
    assert "Changes: 1 reverted. Sessions that can still be used: 1." in page


@pytest.mark.parametrize("simulated", [False, True])
def test_the_entry_names_the_dossier_as_its_log_sees_it(root: Path, simulated: bool) -> None:
    kept = IncidentRecords(root / ("x" if simulated else "envs/prod") / "records", root / "w", now, "a@b")
    kept.open(Opened(ID, "prod", ACCOUNT, "us-east-2", "alex", "why", 30, simulated=simulated))
    for kind, content in ((EXAMINED, Examined("a", "b", "c", (GONE,))), (CLOSED, REVIEW)):
        kept.append(ID, kind, content)
    _, log, _ = write_dossier(root, Found("prod", kept, kept.load(ID)), simulated)
    named = re.findall(r"Details: `(.*?)`", log.read_text())
    assert len(named) == 1 and (log.parent / named[0]).is_file()
