"""A bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io

from iam_guardrails.adapters.progress_bar import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(stream: io.StringIO) -> str:
    bar = Bar(stream)
    bar.plan(4)
    bar.say("IAM: roles")
    bar.step("identities", False)
    bar.step("account", True)
    bar.say("x" * 200)
    bar.end()
    return stream.getvalue()


def test_a_terminal_gets_one_line_that_changes() -> None:
    text = run(Terminal())
    assert "\n" not in text
    lines = text.split("\r\033[K")
    assert lines[1] == f"[{'.' * 24}] 0/4 IAM: roles"
    assert lines[2] == f"[{'#' * 6}{'.' * 18}] 1/4 IAM: roles"
    assert lines[-2].startswith(f"[{'#' * 12}{'.' * 12}] 2/4 xxx")
    assert max(map(len, lines)) <= 110
    assert lines[-1] == ""


def test_a_file_gets_plain_lines() -> None:
    assert run(io.StringIO()) == f"  IAM: roles\n  account: kept from before\n  {'x' * 200}\n"
