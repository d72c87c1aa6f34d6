"""Files of a cache: what was written whole is read, anything else is as if it were not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from iam_guardrails.adapters import sealed
from iam_guardrails.model.problem import Problem

MAGIC = b"kept 1\n"


def test_what_was_written_is_read_by_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "one"
    for content in (b"first", b"second"):
        sealed.write(str(path), MAGIC, content)
        assert sealed.read(str(path), MAGIC) == content
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["one"]
    assert sealed.read(str(path), b"kept 2\n") is None and sealed.read(str(path) + "x", MAGIC) is None


@pytest.mark.parametrize("at", [0, 8, -1])
def test_what_is_damaged_is_not_there(at: int, tmp_path: Path) -> None:
    path = tmp_path / "one"
    sealed.write(str(path), MAGIC, b"content")
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    assert sealed.read(str(path), MAGIC) is None


def test_what_cannot_be_written_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match=r"file/one cannot be written: .*; free the folder or choose another"):
        sealed.write(str(tmp_path / "file" / "one"), MAGIC, b"content")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Problem, match="folder cannot be written: Is a directory"):
        sealed.write(str(tmp_path / "folder"), MAGIC, b"content")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["file", "folder"]
