"""A resource or data source of Terraform's text, with its arguments and blocks worked out.

Source: Terraform documentation, "dynamic Blocks"; AWS provider, "aws_iam_role" and its kin (attributes id and arn).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.terraform_source.blocks import Block
from iam_guardrails.adapters.terraform_source.evaluate import Bound, Names, value_of
from iam_guardrails.adapters.terraform_source.policy_document import document_of
from iam_guardrails.adapters.terraform_source.sources import Known, later, tree_of
from iam_guardrails.adapters.terraform_source.unknown_text import ANY, Open, pattern_of, written

_ABOUT = frozenset({"depends_on", "lifecycle", "provider", "providers", "count", "for_each", "provisioner", "source"})
_IDS = {"aws_iam_role": "name", "aws_iam_user": "name", "aws_iam_group": "name"}
_ARNS = {"aws_iam_role": "role", "aws_iam_user": "user", "aws_iam_group": "group", "aws_iam_policy": "policy",
         "aws_iam_instance_profile": "instance-profile"}  # fmt: skip
_IAM, _PREFIX = "aws_iam_", "name_prefix"
_MADE_ANEW = {"aws_iam_policy": ("description",)}
"""What replaces a resource when it changes, beside its name and path (the documentation says "Forces new resource")."""


class Lazy:
    """Values by name, each worked out when it is asked for, once; one that hangs on itself is open."""

    def __init__(self, what: str, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._what, self._makers, self._found = what, makers, dict[str, Any]()

    def get(self, name: str) -> Any:
        """The value of that name."""
        return self.of(name, self._makers.get(name))

    def of(self, name: str, make: Callable[[], Any] | None) -> Any:
        """The value of that name, which `make` works out."""
        if name not in self._found:
            self._found[name] = Open(f"{self._what}.{name}")
            if make is not None:
                self._found[name] = make()
        return self._found[name]


class Instance:
    """A resource or data source, one of several where it is made by count or for_each."""

    def __init__(self, names: Names, known: Known, text: str, block: Block, address: str) -> None:
        """names: what names mean there, `each` and `count` too.  known: see Sources."""
        self._names, self._known, self._text, self._block, self.address = names, known, text, block, address
        self._arguments = Lazy(address, {one.name: later(text, one, self._names) for one in block.arguments})

    def __str__(self) -> str:
        return self.address

    def get(self, name: str) -> Any:
        """An argument, or what is known of another attribute."""
        kind = self._block.labels[0]
        if self._block.argument(name) is not None:
            return self._arguments.get(name)
        is_data, told = self._block.type == "data", self._known.get(kind, {})
        if is_data and name in told:
            return told[name]
        if is_data and kind == "aws_iam_policy_document" and name in ("json", "minified_json"):
            return self._arguments.of("", self._document)
        if name == "id" and kind in _IDS:
            return self.get(_IDS[kind])
        if name == "name" and not is_data and kind.startswith(_IAM) and self._block.argument(_PREFIX):
            prefix = self.get(_PREFIX)
            return Open(f"{self.address}.name {written(prefix)}", f"{pattern_of(prefix)}{ANY}")
        if name == "arn" and kind in _ARNS:
            made = [self.get("path") if self._block.argument("path") else "/", self.get("name")]
            pattern = "".join(pattern_of(one) for one in made)
            # a resource that is made anew has an ARN that is known after the apply only, be it the same one
            made += [self.get(one) for one in _MADE_ANEW.get(kind, ()) if self._block.argument(one)]
            return Open(f"{self.address}.arn {written(made)}", f"arn:{ANY}:iam::{ANY}:{_ARNS[kind]}{pattern}")
        return Open(f"{self.address}.{name} {written(self.values())}" if is_data else f"{self.address}.{name}")

    def _document(self) -> Any:
        values = self.values()
        found = document_of(values)
        return Open(f"{self.address}.json {written(values)}") if found is None else found

    def values(self) -> dict[str, Any]:
        """Every argument and block, worked out."""
        return values_of(self._text, self._block, self._names)


def values_of(text: str, block: Block, names: Names) -> dict[str, Any]:
    """The arguments and blocks of a block, worked out; those of Terraform itself are left out."""
    found: dict[str, Any] = {
        one.name: plain_or_open(value_of(tree_of(text, one), names))
        for one in block.arguments
        if one.name not in _ABOUT
    }
    for inner in block.blocks:
        if inner.type == "dynamic":
            found.setdefault(inner.labels[0], []).extend(_dynamic(text, inner, names))
        elif inner.type not in _ABOUT:
            found.setdefault(inner.type, []).append(values_of(text, inner, names))
    return found


def plain_or_open(value: Any) -> Any:
    """A value without things: a resource as a whole is open."""
    if isinstance(value, Mapping):
        return {str(key): plain_or_open(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_or_open(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, Open)) or value is None else Open(str(value))


def _dynamic(text: str, block: Block, names: Names) -> Iterator[Any]:
    iterator = block.labels[0]
    content = next(block.named("content"), None)
    wanted = block.argument("for_each")
    items = value_of(tree_of(text, wanted), names) if wanted else Open("for_each")
    if content is None or isinstance(items, Open):
        yield Open(f"dynamic {items.source if isinstance(items, Open) else ''} {text[block.start : block.end]}")
        return
    for key, item in sorted(items.items()) if isinstance(items, Mapping) else enumerate(items):
        yield values_of(text, content, Bound(names, {iterator: {"key": key, "value": item}}))
