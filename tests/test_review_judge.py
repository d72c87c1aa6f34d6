"""`guardrails review ENV --cadence …`, as a person calls it, offline: no socket is opened."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.captures import write_capture
from iam_guardrails.adapters.review_drafts import load_draft, remove_draft
from iam_guardrails.adapters.review_records import write_head, write_record
from iam_guardrails.model.capture.capture import SANDBOX
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.review import CLEAN, Review
from iam_guardrails.model.review.signed import SignedReview, sealed
from iam_guardrails.model.value import changed
from tests.breakglass_project import environ, guardrails, make
from tests.review_world import capture_of, policy

READS = policy({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"})
WORLD: dict[str, Any] = {
    "users": {"ann": {"console": True}},
    "roles": {"mw-worker": {"inline": {"p": READS}, "last_used": "2026-11-20T00:00:00+00:00"}, "idle": {}},
    "secrets": {"db": {}},
}
NO_NETWORK = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        raise RuntimeError(f"the network was asked for: {event} {arguments}")
sys.addaudithook(refuse)
from iam_guardrails.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


def judge(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run it in a process that may open no connection."""
    return subprocess.run(
        [sys.executable, "-c", NO_NETWORK, "--root", str(root), "review", "prod", *words], cwd=root,
        capture_output=True, text=True, timeout=120, env=environ(), stdin=subprocess.DEVNULL,
    )  # fmt: skip


def capture(root: Path, world: dict[str, Any] = WORLD, **more: Any) -> str:
    path = root / "prod.capture.gz"
    write_capture(path, changed(capture_of(world), **more))
    return str(path)


def drafted(root: Path, cadence: str) -> Review:
    draft = load_draft(root / ".guardrails" / "prod", cadence)
    assert draft is not None
    return draft.review


@pytest.mark.parametrize(("cadence", "boxes"), [("weekly", 3), ("monthly", 8), ("quarterly", 10)])
def test_a_capture_is_judged_offline(cadence: str, boxes: int, root: Path) -> None:
    ran = judge(root, "--cadence", cadence, "--from", capture(root), "--format", "json")
    assert "network" not in ran.stderr
    assert ran.returncode == (2 if cadence == "weekly" else 1), ran.stderr
    review = drafted(root, cadence)
    assert len(review.boxes) == boxes and json.loads(ran.stdout)
    toml = (root / "envs" / "prod" / "guardrails.toml").read_bytes()
    assert review.evidence.rules == (("guardrails.toml", hashlib.sha256(toml).hexdigest()),)
    assert review.evidence.capture_sha256 and review.judged_at and review.account_id == "333333333333"
    assert all(box.outcome != CLEAN or box.looked_at for box in review.boxes)
    if cadence != "weekly":
        subjects = {item.subject.rpartition(":")[2] for item in review.items}
        assert subjects >= {"user/ann", "role/mw-worker", "role/idle"}
    assert ran.stderr.endswith(f"next: guardrails review decide prod --cadence {cadence}\n")


def test_a_capture_of_the_embedded_aws_is_none_of_the_real_account(root: Path) -> None:
    made = capture(root, origin=SANDBOX)
    ran = judge(root, "--cadence", "monthly", "--from", made)
    assert ran.returncode == 2 and "is a capture of the embedded AWS, and shows nothing of the real prod" in ran.stderr
    assert load_draft(root / ".guardrails" / "prod", "monthly") is None
    assert judge(root, "--cadence", "monthly", "--from", made, "--sandbox").returncode == 1
    assert load_draft(root / ".guardrails" / "sandbox" / "prod", "monthly") is not None


@pytest.mark.parametrize("form", ["text", "html", "markdown", "csv", "sarif"])
def test_each_format_is_made(form: str, root: Path) -> None:
    out = root / "report"
    ran = judge(root, "--cadence", "monthly", "--from", capture(root), "--format", form, "--output", str(out))
    assert ran.returncode == 1 and "mw-worker" in out.read_text()
    assert f"the report is {out}" in ran.stderr


def test_the_page_shows_the_chain_that_was_captured_and_says_where_it_was_not(root: Path) -> None:
    page = root / "r.html"
    words = ("--cadence", "monthly", "--format", "html", "--output", str(page))
    done = judge(root, *words, "--from", capture(root))
    assert "no picture" not in done.stderr
    assert page.read_text().count("data:image/svg+xml;base64,") == 1
    assert "Whether an alarm reaches people" in page.read_text()
    (root / "details.json").write_text(json.dumps(capture_of(WORLD).details))
    done = judge(root, *words, "--from-authorization-details", str(root / "details.json"))
    assert "the report has no picture of the chain: only the authorization details were given" in done.stderr
    assert "data:image/svg" not in page.read_text()


def test_all_formats_go_into_a_folder_and_the_last_line_is_what_to_open(root: Path) -> None:
    given = ("--cadence", "monthly", "--from", capture(root), "--format", "all")
    usual = root / ".guardrails" / "prod" / "reviews"
    for folder, more in ((usual, ()), (root / "elsewhere", ("--output", str(root / "elsewhere")))):
        ran = judge(root, *given, *more)
        assert ran.returncode == 1, ran.stderr
        name = drafted(root, "monthly").name
        assert {path.name for path in folder.iterdir()} == {f"{name}.{end}" for end in ("html", "md", "json")}
        assert json.loads((folder / f"{name}.json").read_text())["name"] == name
        assert ran.stdout.splitlines()[-1] == f"the report to open: {folder / f'{name}.html'}"
        for item in drafted(root, "monthly").items:
            assert f"  {item.severity:8}  {item.title}\n" in ran.stdout
        for box in drafted(root, "monthly").boxes:
            assert f"  {box.title}: " in ran.stdout and all(
                f"not judged: {why}" in ran.stdout for why in box.not_judged
            )
        assert "next: guardrails review decide prod --cadence monthly" in ran.stderr


def test_plain_authorization_details_are_judged_as_far_as_they_tell(root: Path) -> None:
    path = root / "details.json"
    path.write_text(json.dumps(capture_of(WORLD).details))
    ran = judge(root, "--cadence", "monthly", "--from-authorization-details", str(path))
    assert ran.returncode == 1, ran.stderr
    boxes = {box.id: box for box in drafted(root, "monthly").boxes}
    assert any("only the authorization details were given" in text for text in boxes["secrets"].not_judged)
    assert any("latest time in the file" in text for text in boxes["stale"].notes)
    assert [item.subject for item in boxes["stale"].items] == ["arn:aws:iam::333333333333:role/idle"]


def test_decisions_are_carried_from_draft_to_draft(root: Path) -> None:
    given = ("--cadence", "monthly", "--from", capture(root))
    assert judge(root, *given).returncode == 1
    first = drafted(root, "monthly").items[0]
    answers = root / "answers.toml"
    answers.write_text(f'[[decision]]\nitem = "{first.id}"\nchoice = "keep"\nowner = "ann"\nreason = "needed"\n')
    assert guardrails(root, "review", "decide", "prod", "--from", str(answers)).returncode in (0, 1)
    judge(root, *given)
    kept = {item.id: item.decision for item in drafted(root, "monthly").items}[first.id]
    assert kept is not None and kept.choice == "keep"


def test_a_capture_of_another_account_is_refused(root: Path) -> None:
    ran = judge(root, "--cadence", "monthly", "--from", capture(root, account_id="444444444444"))
    assert ran.returncode == 2 and "is of account 444444444444, and prod is account 333333333333" in ran.stderr
    ran = judge(root, "--cadence", "monthly", "--from", capture(root, environment="dev"))
    assert ran.returncode == 2 and "was made for dev; make one with: guardrails capture prod" in ran.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "nowhere"), "there is no capture nowhere"),
        (("--from", "a", "--from-authorization-details", "b"), "not both"),
        (("--since", "2027-01-01"), "is not before"),
    ],
)
def test_bad_words_end_in_a_sentence(words: tuple[str, ...], says: str, root: Path) -> None:
    words = words if "--from" in words else (*words, "--from", capture(root))
    ran = judge(root, "--cadence", "monthly", *words)
    assert ran.returncode == 2 and says in ran.stderr and "Traceback" not in ran.stderr


def test_a_justification_that_is_wrong_is_told(root: Path) -> None:
    (root / "envs" / "prod" / "justifications.toml").write_text('[[justification]]\npolicy = "p"\n')
    ran = judge(root, "--cadence", "monthly", "--from", capture(root))
    assert ran.returncode == 2 and "justification 1 must have exactly the keys" in ran.stderr


def test_records_of_cloudtrail_are_asked(root: Path) -> None:
    now = datetime.now(UTC)
    trail = root / "trail"
    trail.mkdir()
    at = (now - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = {
        "eventVersion": "1.09", "eventTime": at, "eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy",
        "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7", "userAgent": "x",
        "recipientAccountId": "333333333333",
        "eventID": "e1", "eventType": "AwsApiCall", "readOnly": False, "managementEvent": True,
        "requestParameters": {"roleName": "mw-worker", "policyName": "p"},
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::333333333333:user/ann", "userName": "ann",
                         "accountId": "333333333333", "principalId": "AIDAANN"},
    }  # fmt: skip
    folder = trail / "AWSLogs" / "333333333333" / "CloudTrail" / "us-east-1" / f"{now - timedelta(days=2):%Y/%m/%d}"
    folder.mkdir(parents=True)
    name = f"333333333333_CloudTrail_us-east-1_{now - timedelta(days=2):%Y%m%dT%H%M}Z_abcdefghijklmnop.json"
    (folder / name).write_text(json.dumps({"Records": [record]}))
    for command in (("init", "-q", "-b", "main"), ("add", "envs"), ("commit", "-qm", "begin")):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *command], cwd=root, check=True)
    given = ("--source", str(trail), "--cache", str(root / "cache"))
    ran = judge(root, "--cadence", "weekly", "--from", capture(root, captured_at=now), *given)
    boxes = {box.id: box for box in drafted(root, "weekly").boxes}
    assert ran.returncode == 1, (ran.stderr, boxes["iam-changes"])
    [item] = boxes["iam-changes"].items
    assert "iam:PutRolePolicy" in item.title and "user/ann" in item.title and item.severity in ("high", "medium")
    whole = [now.date() - timedelta(days=days) for days in (7, 3, 1)]
    assert boxes["iam-changes"].not_judged == (
        "what was changed in IAM: the source holds no record of the account on"
        f" {whole[0]:%Y-%m-%d} to {whole[1]:%Y-%m-%d}, {whole[2]:%Y-%m-%d}",
    )
    made = drafted(root, "weekly")
    assert made.evidence.seen_until == made.evidence.since  # there is no file of the first day
    assert [note for note in made.notes if note.endswith("and the next review begins there")]
    assert len([note for note in made.notes if f"trail verify {trail}" in note]) == 1
    assert not [note for note in made.notes if "cannot be signed" in note]
    judge(root, "--cadence", "weekly", "--from", capture(root, captured_at=now), *given, "--since",
          f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}")  # fmt: skip
    assert [note for note in drafted(root, "weekly").notes if note.startswith("this cannot be signed: it looks at")]


def test_a_capture_from_before_the_last_signed_one_tells_nothing_of_what_became_of_it(root: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    judge(root, "--cadence", "monthly", "--from", capture(root, captured_at=now))
    made = drafted(root, "monthly")
    records, work = root / "envs" / "prod" / "records", root / ".guardrails" / "prod"
    last = sealed(SignedReview(1, changed(made, calling=Calling()), "jane", "", now, "", "", "", ""))
    write_record(records, last)
    write_head(records, last)
    remove_draft(work, "monthly")
    empty = {**WORLD, "users": {}}
    ran = judge(root, "--cadence", "monthly", "--from", capture(root, empty, captured_at=now - timedelta(days=4)))
    older = drafted(root, "monthly")
    assert [note for note in older.notes if note.startswith("this cannot be signed: its capture is of ")], ran.stderr
    assert "user/ann" in str(older.unread) and not [title for box in older.boxes for title in box.gone]
    judge(root, "--cadence", "monthly", "--from", capture(root, empty, captured_at=now + timedelta(minutes=1)))
    assert "ann" in str([title for box in drafted(root, "monthly").boxes for title in box.gone])
