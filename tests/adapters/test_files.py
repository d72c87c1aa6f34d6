"""Files are written whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from iam_guardrails.adapters.files import digest, remove_unfinished, require_writable, write_atomic
from iam_guardrails.model.problem import Problem


def test_content_mode_and_no_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "new" / "record.json"
    write_atomic(path, "one")
    write_atomic(path, b"two")
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_only_what_a_killed_write_left_is_removed(tmp_path: Path) -> None:
    left, other = ".head.json.0123456789ab", ".2026-11-monthly.json.0123456789ab"
    mine = {".gitkeep", ".gitignore", "head.json", ".head.json.bak", "head.json.0123456789ab", ".0123456789ab"}
    for name in (left, other, *mine):
        (tmp_path / name).write_text("")
    remove_unfinished(tmp_path, "head.json")
    assert {path.name for path in tmp_path.iterdir()} == {other, *mine}
    remove_unfinished(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == mine
    remove_unfinished(tmp_path / "nowhere")


def test_a_failed_write_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write_atomic(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "half \udcff")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_file_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe, link, read = tmp_path / "pipe", tmp_path / "link", list[bytes]()
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
        reader.start()
        require_writable(path)
        write_atomic(path, iter(("a", "b")))
        reader.join(10)
    assert read == [b"ab", b"ab"]
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert len(list(tmp_path.iterdir())) == 2


def test_where_the_output_goes_can_be_named_as_a_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "import sys; from pathlib import Path; from iam_guardrails.adapters.files import write_atomic\n"
        "print('before', flush=True); write_atomic(Path('/dev/fd/1'), 'content\\n'); print('after')"
    )
    with out.open("ab") as file:
        subprocess.run([sys.executable, "-c", code], stdout=file, check=True)
    assert out.read_text() == "before\ncontent\nafter\n"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot be written"):
        write_atomic(tmp_path / "file" / "record.json", "x")


def test_digest_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    whole = digest([tmp_path / "a", tmp_path / "b"], tmp_path)
    assert digest([tmp_path / "b", tmp_path / "a"], tmp_path) == whole
    (tmp_path / "b").write_text("3")
    assert digest([tmp_path / "a", tmp_path / "b"], tmp_path) != whole
