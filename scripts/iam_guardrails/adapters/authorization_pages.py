"""The JSON values of a file of pages: one object, a list of them, or several one after another, gzipped or plain."""

from __future__ import annotations

from typing import Any

from iam_guardrails.adapters.shared_json import Shared
from iam_guardrails.model.iam.document import PolicyError
from iam_guardrails.model.iam.policy_text import ConstantError, read_json
from iam_guardrails.model.problem import Problem

SMALL = 1_000_000  # characters up to which a name that stands twice in one object is looked for


def read_pages(path: str, *, whole: bool = False) -> list[Any]:
    """The pages in their order, at least one. whole: leave a list at the top as it is. Raises Problem.

    In a file of up to a million characters, which somebody may have edited, a name that stands twice in one object is
    refused. A larger one is taken for what a program wrote: the check would double the time of reading it.
    """
    return pages_of(path, read_data(path), whole=whole)


def pages_of(path: str, data: bytes, *, whole: bool = False) -> list[Any]:
    """The pages in what a file holds; see read_pages. path: for messages. Raises Problem."""
    text = _text(path, data)
    if not text.strip():
        raise Problem(f"{path} is empty")
    values = _values(path, text)
    if whole:
        return values
    return [page for value in values for page in (value if isinstance(value, list) else [value])] or [None]


def read_data(path: str) -> bytes:
    """What a file holds, unzipped. Raises Problem."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs milliseconds that this need not pay
            data = file.read()
        return _unzipped(data) if data[:2] == b"\x1f\x8b" else data
    except FileNotFoundError:
        raise Problem(f"there is no file {path}") from None
    except OSError as error:
        raise Problem(f"{path} cannot be read ({error})") from None


def _text(path: str, data: bytes) -> str:
    import json

    try:
        return data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Problem(f"{path} is no text: {error.reason} at byte {error.start}") from None


def _unzipped(data: bytes) -> bytes:
    import gzip
    import zlib

    try:
        return gzip.decompress(data)
    except (EOFError, zlib.error) as error:
        raise OSError(f"the gzip data is damaged: {error}") from None


def _values(path: str, text: str) -> list[Any]:
    import json

    share = Shared().object if len(text) > SMALL else None
    reader = json.JSONDecoder(parse_constant=_refuse_constant, object_hook=share)
    values, at = [], _skip(text, 0)
    try:
        while at < len(text):
            value, end = reader.raw_decode(text, at)
            if len(text) <= SMALL:
                read_json(text[at:end], path)
            values.append(value)
            at = _skip(text, end)
    except json.JSONDecodeError as error:
        raise Problem(f"{path} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Problem(f"{path} is nested too deeply") from None
    except PolicyError as error:
        raise Problem(str(error)) from None
    except ConstantError as error:
        raise Problem(f"{path} is not JSON: {error}") from None
    except ValueError:  # Python reads none
        raise Problem(f"{path} holds a number of thousands of digits, as AWS prints none") from None
    return values


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _refuse_constant(name: str) -> Any:
    raise ConstantError(f"{name} is no JSON number")
