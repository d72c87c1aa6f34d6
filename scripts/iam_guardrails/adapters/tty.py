"""The person at the keyboard: asked and told on the terminal itself, wherever stdin and stdout lead."""

from __future__ import annotations

import os
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from iam_guardrails.model.problem import Problem


def has_terminal() -> bool:
    """Whether somebody can be asked."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def ask(question: str, hidden: bool = False) -> str:
    """One line typed on the terminal. hidden: nobody sees it. Raises Problem where there is none, or it was closed."""
    try:
        with open("/dev/tty", encoding="utf-8", errors="replace") as reader:  # noqa: PTH123 - a device, not a path
            line = _hidden(reader, question) if hidden else _answer(reader, question)
    except (OSError, termios.error):
        raise Problem("there is no terminal to ask on") from None
    if not line:
        raise Problem("nothing was typed")
    return line.strip()


def _answer(reader: TextIO, question: str) -> str:
    _write("/dev/tty", question)
    return reader.readline()


def _hidden(reader: TextIO, question: str) -> str:
    """The same without showing what is typed, whatever ends it; the line end is shown all the same."""
    terminal = reader.fileno()
    before = termios.tcgetattr(terminal)
    quiet = list(before)
    quiet[3] = (quiet[3] & ~termios.ECHO) | termios.ECHONL
    try:
        termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
        return _answer(reader, question)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def announce(text: str, on_terminal: bool) -> None:
    """A line of its own in the middle of whatever runs: to the terminal, else to stderr. Never fails."""
    with suppress(OSError, ValueError):
        if on_terminal:
            _write("/dev/tty", f"\r\n\a{text}\r\n")
        else:
            print(text, file=sys.stderr, flush=True)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as writer:  # noqa: PTH123 - a device, not a path
        writer.write(text)


COMMAND_SECONDS = 60
"""How long the command that prints an MFA code may take."""


class Asked:
    """`journeys.breakglass_enter.Person`: a command that prints the code, or somebody at the terminal."""

    def __init__(self, command: str | None, tell: Callable[[str], None], errors: TextIO | None = None) -> None:
        """command: of --mfa-command.  tell: a line of progress.  errors: where the command's stderr goes."""
        self._command = command
        self._tell = tell
        self._errors = errors

    def device(self, proposed: str) -> str:
        """As `Person.device`."""
        if self._command or not has_terminal():
            self._tell(f"AWS does not say which MFA devices there are: taking {proposed} (--mfa-serial names another)")
            return proposed
        return ask(f"  MFA device [{proposed}]: ") or proposed

    def code(self, serial: str, before: str) -> str:
        """As `Person.code`: six digits."""
        name = serial.rpartition("/")[2]
        if self._command:
            return self._from_command(self._command, before)
        if not has_terminal():
            raise Problem("there is no terminal to ask for the MFA code: give --mfa-command, a command that prints it")
        if before:
            self._tell("AWS did not take that code. A code works once: wait for the next one.")
        while True:
            code = ask(f"  MFA code of {name}: ", hidden=True)
            if _is_code(code):
                return code
            self._tell("a code has six digits; what is typed is not shown")

    def _from_command(self, command: str, before: str) -> str:
        try:
            ran = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=self._errors, text=True,
                                 check=False, timeout=COMMAND_SECONDS)  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Problem(f"the command of --mfa-command printed nothing within {COMMAND_SECONDS} s; run it by hand,"
                          " or leave it out and type the code") from None  # fmt: skip
        code = ran.stdout.strip()
        if not _is_code(code):
            raise Problem(f"the command of --mfa-command printed no MFA code (exit code {ran.returncode}): six digits"
                          " are expected")  # fmt: skip
        if code == before:
            raise Problem("AWS did not take the MFA code, and the command of --mfa-command prints the same one: a code"
                          " works once, so wait 30 s and repeat; or the device is another (--mfa-serial)")  # fmt: skip
        return code


def _is_code(text: str) -> bool:
    return len(text) == 6 and text.isascii() and text.isdigit()
