"""The statements of a policy in Terraform's text: of a JSON document, or of a data source's blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iam_guardrails.adapters.terraform_source.blocks import Block
from iam_guardrails.adapters.terraform_source.scan import skip_blank
from iam_guardrails.adapters.terraform_source.values import HCL, Form, Value, read_value
from iam_guardrails.model.value import frozen


class Refused(Exception):
    """No patch can be made of this text; the message is a clause that says why."""


@frozen
class Element:
    """One element of a statement: where its name stands, and its value."""

    name_start: int
    name_end: int
    value: Value


@frozen
class Written:
    """One statement. elements: by IAM's names.  start, end: of what goes when it goes.  close: where it itself ends."""

    elements: Mapping[str, Element]
    start: int
    end: int
    close: int
    is_block: bool

    def texts(self, name: str) -> tuple[str, ...] | None:
        """The texts of an element; () where it is absent, None where it is no literal."""
        found = self.elements.get(name)
        return () if found is None else found.value.strings()


@frozen
class Source:
    """A file's text and the statements of one policy in it. lone: one statement without a list around it."""

    path: str
    text: str
    form: Form
    statements: tuple[Written, ...]
    lone: bool = False


_NAMES = {"sid": "Sid", "effect": "Effect", "actions": "Action", "not_actions": "NotAction", "resources": "Resource",
          "not_resources": "NotResource"}  # fmt: skip
BLOCK_NAMES = {own: name for name, own in _NAMES.items()}
_MERGING = ("source_policy_documents", "override_policy_documents", "source_json", "override_json")


def of_document(path: str, text: str, document: Value, form: Form) -> Source:
    """The statements of a document that is written out. Raises Refused."""
    if document.kind != "object":
        raise Refused("the policy is not written out as an object")
    found = document.entry("Statement")
    if found is None or found[3].kind not in ("list", "object"):
        raise Refused("its Statement is not written out as a list")
    value = found[3]
    if value.kind == "object":
        return Source(path, text, form, (_entries(value, (value.start, value.end)),), lone=True)
    if not all(item.kind == "object" for item in value.items):
        raise Refused("a statement of it is an expression, not written out")
    spans = _spans(text, value)
    return Source(path, text, form, tuple(map(_entries, value.items, spans)))


def of_data_source(path: str, text: str, block: Block) -> Source:
    """The statements of an aws_iam_policy_document. Raises Refused."""
    if block.argument("count") or block.argument("for_each"):
        raise Refused("its data source is made by count or for_each")
    merged = next((name for name in _MERGING if block.argument(name)), None)
    if merged or any(block.named("dynamic")):
        raise Refused(f"its data source has {merged or 'a dynamic block'}, so its statements are not written out")
    made = []
    for item in block.named("statement"):
        if any(item.named("dynamic")):
            raise Refused("a statement of its data source has a dynamic block")
        elements = {
            _NAMES.get(one.name, one.name): Element(one.start, one.start + len(one.name),
                                                    read_value(text, one.value_start, one.value_end))
            for one in item.arguments
        }  # fmt: skip
        made.append(Written(elements, *_lines(text, item), item.end, is_block=True))
    return Source(path, text, HCL, tuple(made))


def _entries(value: Value, span: tuple[int, int]) -> Written:
    elements = {name: Element(key_start, key_end, one) for name, key_start, key_end, one in value.entries}
    return Written(elements, *span, value.end, is_block=False)


def _spans(text: str, listed: Value) -> Sequence[tuple[int, int]]:
    """What goes when an item goes: with its comma and the comments before it, and without those of the next one."""
    spans, at = [], listed.start + 1
    for item in listed.items:
        end = skip_blank(text, item.end)
        end = end + 1 if text.startswith(",", end) else item.end
        spans.append((at, end))
        at = end
    return spans


def _lines(text: str, block: Block) -> tuple[int, int]:
    """The whole lines of a block, and a blank one before it."""
    start = text.rfind("\n", 0, block.start) + 1
    end = text.find("\n", block.end)
    end = len(text) if end < 0 else end + 1
    before = text.rfind("\n", 0, max(start - 1, 0)) + 1
    if start and not text[before:start].strip() and before < start:
        start = before
    return start, end
