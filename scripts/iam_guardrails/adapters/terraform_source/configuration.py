"""The resources that a root module's text declares, with their arguments worked out as far as the text tells them.

Source: Terraform documentation, "Modules", "for_each", "count", "Input Variables" (the order of
variable definitions; `optional` attributes of an object). Text only: nothing is run, and no provider is asked.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.terraform_source.blocks import Block
from iam_guardrails.adapters.terraform_source.evaluate import FILE, Bound, value_of
from iam_guardrails.adapters.terraform_source.instance import Instance, Lazy, values_of
from iam_guardrails.adapters.terraform_source.sources import NoNames, Sources, later, tree_of
from iam_guardrails.adapters.terraform_source.typed import typed
from iam_guardrails.adapters.terraform_source.unknown_text import Open, written
from iam_guardrails.model.value import changed, frozen

MODULE, DEFAULT_TAGS = "module", "default_tags"
DEEPEST = 20
"""How many modules may lie in one another; one that calls itself has no end."""


@frozen
class Resource:
    """A resource that the text declares. values: its arguments and blocks, worked out."""

    address: str
    type: str
    values: Mapping[str, Any]


@frozen
class Configuration:
    """What a root module declares. moved: (from, to) of its blocks `moved`, as addresses."""

    resources: tuple[Resource, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()


def configuration_of(sources: Sources, folder: str, kind: str = "") -> Configuration:
    """The resources of a root module and of the modules in it. kind: how their types begin.

    A module whose text is elsewhere stands there as one of type MODULE. Beside the arguments, DEFAULT_TAGS tells what
    the root's providers tag everything with.
    """
    given = {name: (text, item) for name, text, item in sources.variables(folder)}
    nothing = NoNames()
    root = Module(sources, folder, "", {name: later(text, item, nothing) for name, (text, item) in given.items()})
    tags = root.default_tags()
    found = (changed(one, values={**one.values, DEFAULT_TAGS: tags}) for one in root.resources(kind))
    return Configuration(tuple(sorted(found, key=lambda one: one.address)), tuple(root.moved()))


class Module:
    """A module as it is called. inputs: the values of its variables, worked out when they are asked for.

    root: the folder of the root module, "" for its own.
    """

    def __init__(
        self, sources: Sources, folder: str, address: str, inputs: Mapping[str, Callable[[], Any]], root: str = ""
    ) -> None:
        self._sources, self._address, self._root = sources, address, root or folder
        self._blocks = list(sources.blocks(folder))
        self._folder = folder
        makers: dict[str, Callable[[], Any]] = {}
        for text, block in self._of("locals"):
            makers |= {one.name: later(text, one, self) for one in block.arguments}
        self._spaces: dict[str, Any] = {
            "local": Lazy(f"{address}local", makers),
            "var": Lazy(f"{address}var", {block.labels[0]: self._variable(text, block, inputs.get(block.labels[0]))
                                           for text, block in self._of("variable")}),
            "module": Lazy(f"{address}module", {block.labels[0]: self._later(self._called, text, block)
                                                 for text, block in self._of("module")}),
            "data": Lazy(f"{address}data", {kind: self._kind("data", kind) for kind in self._kinds("data")}),
            "path": {"module": folder, "root": self._root}, "terraform": Lazy("terraform", {}),
        }  # fmt: skip
        self._types = {kind: self._kind("resource", kind)() for kind in self._kinds("resource")}
        self._outputs = Lazy(f"{address}output", {block.labels[0]: later(text, one, self)
                                                   for text, block in self._of("output")
                                                   if (one := block.argument("value")) is not None})  # fmt: skip

    def __str__(self) -> str:
        return self._address

    def name(self, name: str) -> Any:
        """See evaluate.Names."""
        if name.startswith(FILE):
            path = posixpath.normpath(name.removeprefix(FILE))
            return self._sources.texts.get(path, Open(f"{name}, which is not there"))
        return self._spaces.get(name) or self._types.get(name) or Open(name)

    def get(self, name: str) -> Any:
        """An output."""
        return self._outputs.get(name)

    def resources(self, kind: str) -> Iterator[Resource]:
        """Of it and of the modules in it. kind: how their types begin."""
        for text, block in self._of("resource"):
            if block.labels[0].startswith(kind):
                for one in _each(self._instances(text, block)):
                    yield Resource(one.address, block.labels[0], one.values())
        for _, block in self._of("module"):
            for called in _each(self._spaces["module"].get(block.labels[0])):
                if isinstance(called, Module):
                    yield from called.resources(kind)
                else:
                    yield Resource(f"{self._address}module.{block.labels[0]}", MODULE, {"": called})

    def moved(self) -> Iterator[tuple[str, str]]:
        """What moved in it and in the modules in it."""
        for text, block in self._of("moved"):
            ends = [text[one.value_start : one.value_end] for name in ("from", "to") if (one := block.argument(name))]
            if len(ends) == 2:
                yield f"{self._address}{ends[0]}", f"{self._address}{ends[1]}"
        for _, block in self._of("module"):
            for called in _each(self._spaces["module"].get(block.labels[0])):
                if isinstance(called, Module):
                    yield from called.moved()

    def default_tags(self) -> Any:
        """What its providers tag everything with: blocks; open where they differ, as nothing tells which one it is."""
        found = [
            [values_of(text, inner, self) for inner in block.named(DEFAULT_TAGS)]
            for text, block in self._of("provider") if block.labels[0] == "aws"
        ]  # fmt: skip
        alike = {written(each) for each in found}
        return Open(written(found)) if len(alike) > 1 else found[0] if found else []

    def _of(self, kind: str) -> Iterator[tuple[str, Block]]:
        return ((text, block) for text, block in self._blocks if block.type == kind)

    def _kinds(self, kind: str) -> set[str]:
        return {block.labels[0] for _, block in self._of(kind) if len(block.labels) == 2}

    def _kind(self, kind: str, name: str) -> Callable[[], Lazy]:
        makers = {block.labels[1]: self._later(self._instances, text, block)
                  for text, block in self._of(kind) if block.labels[0] == name}  # fmt: skip
        return lambda: Lazy(f"{self._address}{name}", makers)

    def _later(self, make: Callable[[str, Block], Any], text: str, block: Block) -> Callable[[], Any]:
        return lambda: make(text, block)

    def _instances(self, text: str, block: Block) -> Any:
        """What a block stands for: one Instance, a list of them, or one by key."""
        address = ".".join((["data"] if block.type == "data" else []) + list(block.labels))
        return self._several(text, block, lambda key, inner: Instance(
            Bound(self, inner), self._sources.known, text, block, f"{self._address}{address}{key}"))  # fmt: skip

    def _called(self, text: str, block: Block) -> Any:
        source = block.argument("source")
        where = value_of(tree_of(text, source), self) if source else ""
        is_here = isinstance(where, str) and where.startswith(("./", "../"))
        if not is_here or self._address.count("module.") >= DEEPEST:
            return Open(
                f"{self._address}module.{block.labels[0]} {written(values_of(text, block, self))} {written(where)}"
            )
        folder = posixpath.normpath(posixpath.join(self._folder, where))
        return self._several(text, block, lambda key, inner: Module(
            self._sources, folder, f"{self._address}module.{block.labels[0]}{key}.",
            {one.name: later(text, one, Bound(self, inner)) for one in block.arguments}, self._root))  # fmt: skip

    def _several(self, text: str, block: Block, make: Callable[[str, Mapping[str, Any]], Any]) -> Any:
        count, each = block.argument("count"), block.argument("for_each")
        if count is not None:
            number = value_of(tree_of(text, count), self)
            if isinstance(number, int):
                return [make(f"[{index}]", {"count": {"index": index}}) for index in range(int(number))]
            return [make("[*]", {"count": {"index": Open("count.index")}})]
        if each is not None:
            items = value_of(tree_of(text, each), self)
            if isinstance(items, list):
                items = {str(item): item for item in items if isinstance(item, str)}
            if isinstance(items, Mapping):
                return {key: make(f'["{key}"]', {"each": {"key": key, "value": value}}) for key, value in items.items()}
            some = items.source if isinstance(items, Open) else written(items)
            return {"*": make("[*]", {"each": {"key": Open(f"key of {some}"), "value": Open(f"value of {some}")}})}
        return make("", {})

    def _variable(self, text: str, block: Block, given: Callable[[], Any] | None) -> Callable[[], Any]:
        usual, kind = block.argument("default"), block.argument("type")

        def make() -> Any:
            value = given() if given else None
            if value is None:
                value = (
                    value_of(tree_of(text, usual), self) if usual else None if given else Open(f"var.{block.labels[0]}")
                )
            return typed(value, tree_of(text, kind)) if kind else value

        return make


def _each(found: Any) -> Iterator[Any]:
    if isinstance(found, Mapping):
        yield from found.values()
    elif isinstance(found, list):
        yield from found
    else:
        yield found
