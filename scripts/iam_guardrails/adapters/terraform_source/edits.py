"""A policy's text with the changes of a proposal, everything else as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iam_guardrails.adapters.terraform_source.statements import BLOCK_NAMES, Element, Refused, Source, Written
from iam_guardrails.adapters.terraform_source.values import Form
from iam_guardrails.model.iam.tightening.narrow import raw_statements
from iam_guardrails.model.iam.tightening.propose import Proposal
from iam_guardrails.model.value import frozen

_WIDTH = 100


class IsExpression(Exception):
    """The Resource of these statements (places) is an expression; it must stay as it is."""

    def __init__(self, places: frozenset[int]) -> None:
        super().__init__(f"the Resource of {len(places)} statements is an expression")
        self.places = places


@frozen
class Edit:
    """What stands in a text from `start` to `end` becomes `new`."""

    start: int
    end: int
    new: str


def edits(source: Source, proposal: Proposal) -> list[Edit]:
    """The edits that make of the text what is proposed. Raises Refused, and IsExpression."""
    raw, new = proposal.subject.raw, proposal.new
    if not isinstance(raw, Mapping) or new is None:
        raise Refused("nothing of the policy is needed: remove the resource")
    old, made = raw_statements(raw), dict(zip(proposal.places, raw_statements(new), strict=True))
    if len(old) != len(source.statements):
        raise Refused(f"its text has {len(source.statements)} statements, the account's policy {len(old)}")
    expressions = set()
    found = list(_removed(source, set(made)))
    for place, (written, statement) in enumerate(zip(source.statements, old, strict=True)):
        _check_alike(place, written, statement)
        if place not in made:
            continue
        if _texts(statement, "Resource") != _texts(made[place], "Resource"):
            if written.texts("Resource") is None:
                expressions.add(place)
                continue
            found += _replaced(source, place, written, statement, made[place], "Resource", "Resource")
        name = "NotAction" if "NotAction" in statement else "Action"
        if name not in made[place] or _texts(statement, name) != _texts(made[place], name):
            found += _replaced(source, place, written, statement, made[place], name, "Action")
    if expressions:
        raise IsExpression(frozenset(expressions))
    return found


def _removed(source: Source, kept: set[int]) -> Iterator[Edit]:
    """What takes the other statements away. JSON takes no comma behind the last one that stays."""
    listed, last = source.statements, max(kept)
    end = len(listed) if not source.form.json else last + 1
    yield from (Edit(one.start, one.end, "") for place, one in enumerate(listed[:end]) if place not in kept)
    if end < len(listed):
        yield Edit(listed[last].close, listed[-1].close, "")


def applied(text: str, changes: Sequence[Edit]) -> str:
    """The text with the edits, of which no two overlap."""
    for edit in sorted(changes, key=lambda item: (item.start, item.end), reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def _check_alike(place: int, written: Written, statement: Mapping[str, Any]) -> None:
    for name, otherwise in (("Sid", ""), ("Effect", "Allow" if written.is_block else "")):
        texts = written.texts(name)
        told = texts[0] if texts else otherwise
        if texts is not None and told != statement.get(name, ""):
            raise Refused(f"statement {place + 1} of its text is another one than the account's: {name} differs")


def _replaced(
    source: Source, place: int, written: Written, old: Mapping[str, Any], new: Mapping[str, Any], name: str,
    becomes: str,
) -> list[Edit]:  # fmt: skip
    element = written.elements.get(name)
    texts = written.texts(name)
    if element is None or texts is None:
        raise Refused(f"{name} of statement {place + 1} is an expression, not written out")
    if set(texts) != _texts(old, name):
        raise Refused(f"{name} of statement {place + 1} differs from the account's: apply what the text says first")
    made = [Edit(element.value.start, element.value.end, _list(source, element, new[becomes], written.is_block))]
    if name != becomes:
        quoted = source.text[element.name_start] == '"'
        word = BLOCK_NAMES[becomes] if written.is_block else f'"{becomes}"' if quoted else becomes
        made.append(Edit(element.name_start, element.name_end, word))
    return made


def _list(source: Source, element: Element, texts: str | Sequence[str], is_block: bool) -> str:
    """A list on one line where the old one stood on one and it fits, else one text a line."""
    if isinstance(texts, str):
        if element.value.kind == "string" and not is_block:
            return quoted(texts, source.form)
        texts = (texts,)
    start = source.text.rfind("\n", 0, element.name_start) + 1
    line = source.text[start : element.name_start]
    indent = line[: len(line) - len(line.lstrip())]
    items = [quoted(text, source.form) for text in texts]
    short = f"[{', '.join(items)}]"
    if "\n" not in source.text[element.value.start : element.value.end] and (
        element.value.start - start + len(short) < _WIDTH
    ):
        return short
    comma = "" if source.form.json else ","
    return "[\n" + ",\n".join(f"{indent}  {item}" for item in items) + f"{comma}\n{indent}]"


def quoted(text: str, form: Form) -> str:
    """A string as the form writes it."""
    written = json.dumps(text, ensure_ascii=False)
    return written.replace("${", "$${").replace("%{", "%%{") if form.templates else written


def _texts(statement: Mapping[str, Any], name: str) -> set[str]:
    value = statement.get(name, ())
    return {value} if isinstance(value, str) else set(value)
