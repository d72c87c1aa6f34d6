"""A capture that is killed, refused or left goes on, begins anew, or says why not; the file is the same in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.adapters.capturing import SCOPE, Silent, capture
from tests.adapters.fake_cloud import NOW, FakeCloud, refused

from iam_guardrails.adapters.capture_work import opened
from iam_guardrails.adapters.captures import content_of, load_capture, write_capture
from iam_guardrails.model.capture.capture import COMPLIANCE, IDENTITIES, LAST_ACCESS, SECRETS
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed

ROLES, USERS = 45, 9  # three chunks of principals
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.adapters.capturing import capture
from tests.adapters.fake_cloud import FakeCloud

cloud, left = FakeCloud(roles=int(sys.argv[3]), users=int(sys.argv[4])), [int(sys.argv[2])]

def before(_name):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)

cloud.before = before
capture(Path(sys.argv[1]), cloud)
"""
ROOT = Path(__file__).parents[2]


def cloud() -> FakeCloud:
    return FakeCloud(roles=ROLES, users=USERS)


def kill_after(work: Path, calls: int) -> None:
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "scripts")))}
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(work), str(calls), str(ROLES), str(USERS)], env=variables, check=False
    )
    assert ran.returncode == -signal.SIGKILL


@pytest.mark.parametrize("calls", [0, 3, 20, 37, 60, 105, 150])
def test_killed_anywhere_it_goes_on_and_ends_in_the_same_bytes(tmp_path: Path, calls: int) -> None:
    whole, reader = capture(tmp_path / "whole", cloud())
    assert reader.made > 150
    write_capture(tmp_path / "whole.gz", whole)
    kill_after(tmp_path / "killed", calls)
    progress, again = Silent(), cloud()
    found, _ = capture(tmp_path / "killed", again, progress=progress)
    write_capture(tmp_path / "killed.gz", found)
    assert (tmp_path / "killed.gz").read_bytes() == (tmp_path / "whole.gz").read_bytes()
    assert again.calls["iam.get_account_authorization_details"] == (1 if calls <= 3 else 0)
    assert progress.kept.count(LAST_ACCESS) == {105: 1, 150: 2}.get(calls, 0)


def test_it_goes_on_for_two_hours_and_then_begins_anew(tmp_path: Path) -> None:
    first = cloud()
    first.refuse["secretsmanager.list_secrets"] = refused("ExpiredToken")
    with pytest.raises(Problem, match="expired"):
        capture(tmp_path, first)

    def at(minutes: int) -> datetime:
        return NOW + timedelta(minutes=minutes)

    late = Silent()
    found, _ = capture(tmp_path, cloud(), now=lambda: at(119), progress=late, keep=True)
    assert found.captured_at == NOW
    assert IDENTITIES in late.kept
    assert SECRETS not in late.kept
    anew = Silent()
    found, _ = capture(tmp_path, cloud(), now=lambda: at(121), progress=anew)
    assert (found.captured_at, anew.kept) == (at(121), [])


def test_what_asks_for_something_else_begins_anew_and_says_so(tmp_path: Path) -> None:
    capture(tmp_path, cloud(), keep=True)
    with opened(tmp_path, {"scope": "another"}, NOW) as (folder, said):
        assert "asked for something else" in said
        assert folder.count() == 0


@pytest.mark.parametrize(("fresh", "words"), [(False, "going on with"), (True, "is forgotten (--fresh)")])
def test_fresh_forgets_what_was_kept(tmp_path: Path, fresh: bool, words: str) -> None:
    capture(tmp_path, cloud(), keep=True)
    with opened(tmp_path, {"scope": repr(SCOPE)}, NOW, fresh) as (folder, said):
        assert words in said
        assert bool(folder.count()) is not fresh


def test_a_clock_that_went_back_is_no_reason_to_go_on(tmp_path: Path) -> None:
    capture(tmp_path, cloud(), keep=True)
    with opened(tmp_path, {"scope": repr(SCOPE)}, NOW - timedelta(minutes=1)) as (folder, _):
        assert folder.count() == 0


def test_a_broken_piece_is_read_again(tmp_path: Path) -> None:
    whole, _ = capture(tmp_path, cloud(), keep=True)
    (piece,) = (tmp_path / "capture").glob("secrets.us-east-2.*")
    piece.write_text(piece.read_text()[:-20])
    progress, again = Silent(), cloud()
    found, _ = capture(tmp_path, again, progress=progress)
    assert found == whole
    assert again.calls["secretsmanager.list_secrets"] == 1
    assert progress.kept.count(SECRETS) == 1


def test_two_captures_do_not_run_at_once(tmp_path: Path) -> None:
    with opened(tmp_path, {}, NOW), pytest.raises(Problem, match="another capture of this environment runs"):
        capture(tmp_path, cloud())
    capture(tmp_path, cloud())


def test_nothing_is_left_in_the_work_folder_and_pieces_are_for_their_owner_only(tmp_path: Path) -> None:
    capture(tmp_path, cloud(), keep=True)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "capture").iterdir()}
    assert modes == {0o600}
    capture(tmp_path, cloud())
    assert not (tmp_path / "capture").exists()


def test_what_is_left_out_is_not_judged(tmp_path: Path) -> None:
    asked = cloud()
    found, _ = capture(tmp_path, asked, without=(COMPLIANCE, SECRETS))
    assert dict(found.refused) == {}
    assert found.not_judged(SECRETS) == {SECRETS: "it was left out"}
    assert found.not_judged(COMPLIANCE) == {COMPLIANCE: "it was left out"}
    assert not any(name.startswith(("secretsmanager", "config.describe_compliance")) for name in asked.calls)


def test_progress_knows_how_many_pieces_there_are(tmp_path: Path) -> None:
    progress = Silent()
    capture(tmp_path, cloud(), progress=progress)
    assert progress.planned == 1 + 1 + 2 + 2 + 2 + 3 + 1


def test_the_file_of_a_resumed_capture_is_read_back(tmp_path: Path) -> None:
    found, _ = capture(tmp_path, cloud())
    digest = write_capture(tmp_path / "a.gz", found)
    assert load_capture(tmp_path / "a.gz") == changed(found, sha256=digest)
    assert content_of(load_capture(tmp_path / "a.gz")) == content_of(found)
