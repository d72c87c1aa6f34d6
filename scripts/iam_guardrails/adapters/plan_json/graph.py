"""The plan as a graph: every resource instance with its values, what is unknown of them, its configuration.

Terraform keeps the three apart (`planned_values`, `resource_changes`, `configuration`); here each instance
has all three, beside the module instance it lives in, so that references can be followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.plan_json.plan_file import PlanFile
from iam_guardrails.adapters.plan_json.providers import Providers
from iam_guardrails.model.value import field, frozen

Key = str | int | None
Json = Mapping[str, Any]


@frozen
class Scope:
    """One module instance: its address, its configuration, and the call that made it (none for the root)."""

    address: str
    config: Json
    parent: Scope | None = None
    call: Json = field(default_factory=dict)
    key: Key = None


@frozen
class Node:
    """One resource or data source instance. `unknown` and `sensitive` mirror `values`, true where so."""

    address: str
    mode: str
    type: str
    name: str
    key: Key
    scope: Scope
    values: Json
    unknown: Json
    sensitive: Json
    config: Json
    region: str
    account_id: str
    new: bool

    @property
    def expressions(self) -> Json:
        """The configured arguments: each `{"constant_value": …}`, `{"references": […]}` or nested blocks."""
        found = self.config.get("expressions")
        return found if isinstance(found, Mapping) else {}


class Graph:
    """All instances of one plan, by address, by type, and by the resource they are instances of."""

    def __init__(self, plan: PlanFile, home_region: str, account_id: str) -> None:
        content = plan.content
        self.providers = Providers(content, home_region, account_id)
        self.nodes: dict[str, Node] = {}
        self.by_type: dict[str, list[Node]] = {}
        self._instances: dict[tuple[str, str], list[Node]] = {}
        self._scopes: dict[str, Scope] = {}
        changes = [item for item in content.get("resource_changes") or () if not item.get("deposed")]
        self._changes = {item["address"]: item.get("change") or {} for item in changes}
        self.root = Scope("", _mapping(_mapping(content.get("configuration")).get("root_module")))
        self._scopes[""] = self.root
        planned = _mapping(_mapping(content.get("planned_values")).get("root_module"))
        prior = _mapping(_mapping(content.get("prior_state")).get("values"))
        self._add_module(planned, self.root, ("managed", "data"))
        self._add_module(_mapping(prior.get("root_module")), self.root, ("data",))

    def of(self, *types: str, mode: str = "managed") -> Iterator[Node]:
        """The instances of these types, in plan order."""
        for kind in types:
            for node in self.by_type.get(kind, ()):
                if node.mode == mode:
                    yield node

    def instances(self, scope: Scope, mode: str, kind: str, name: str) -> list[Node]:
        """Every instance of one resource block within one module instance."""
        return self._instances.get((scope.address, _resource_address(mode, kind, name)), [])

    def child(self, scope: Scope, name: str, key: Key) -> Scope | None:
        """The module instance `name[key]` called in `scope`, even without resources; None if not called."""
        address = _join(scope.address, f"module.{name}{_suffix(key)}")
        if address not in self._scopes:
            call = _mapping(_mapping(scope.config.get("module_calls")).get(name))
            if not call:
                return None
            self._scopes[address] = Scope(address, _mapping(call.get("module")), scope, call, key)
        return self._scopes[address]

    def children(self, scope: Scope, name: str) -> list[Scope]:
        """The module instances of a call that hold resources; one without a key where none does."""
        address = _join(scope.address, f"module.{name}")
        found = [item for text, item in self._scopes.items()
                 if item.parent is scope and (text == address or text.startswith(f"{address}["))]  # fmt: skip
        only = None if found else self.child(scope, name, None)
        return [only] if only else found

    def _add_module(self, module: Json, scope: Scope, modes: tuple[str, ...]) -> None:
        blocks = {item.get("address"): item for item in scope.config.get("resources") or ()}
        for item in module.get("resources") or ():
            if item.get("mode") in modes and item["address"] not in self.nodes:
                self._add_resource(item, scope, blocks)
        # sorted, because Terraform writes the instances of a module in an order that differs from run to run
        for child in sorted(module.get("child_modules") or (), key=lambda item: str(item["address"])):
            name, key = _module_step(child["address"], scope.address)
            inner = self.child(scope, name, key) or Scope(child["address"], {}, scope, {}, key)
            self._add_module(child, inner, modes)

    def _add_resource(self, item: Json, scope: Scope, blocks: Mapping[Any, Json]) -> None:
        short = _resource_address(item["mode"], item["type"], item["name"])
        config = blocks.get(short, {})
        change = self._changes.get(item["address"], {})
        values = _mapping(item.get("values"))
        provider = self.providers.of(str(config.get("provider_config_key", "")), values)
        node = Node(
            address=item["address"],
            mode=item["mode"],
            type=item["type"],
            name=item["name"],
            key=item.get("index"),
            scope=scope,
            values=values,
            unknown=_mapping(change.get("after_unknown")),
            sensitive=_mapping(item.get("sensitive_values") or change.get("after_sensitive")),
            config=config,
            region=provider.region,
            account_id=provider.account_id,
            new="create" in (change.get("actions") or ()),
        )
        self.nodes[node.address] = node
        self.by_type.setdefault(node.type, []).append(node)
        self._instances.setdefault((scope.address, short), []).append(node)


def _resource_address(mode: str, kind: str, name: str) -> str:
    return f"data.{kind}.{name}" if mode == "data" else f"{kind}.{name}"


def _join(parent: str, step: str) -> str:
    return f"{parent}.{step}" if parent else step


def _suffix(key: Key) -> str:
    if key is None:
        return ""
    if isinstance(key, int):
        return f"[{key}]"
    text = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{text}"]'


def _module_step(address: str, parent: str) -> tuple[str, Key]:
    """Split the last step of a module address, whose parent is known: `module.name`, `[0]` or `["key"]`."""
    step = address[len(parent) + 1 if parent else 0 :].removeprefix("module.")
    name, bracket, index = step.partition("[")
    return name, index_key(index.removesuffix("]")) if bracket else None


def index_key(text: str) -> Key:
    """The key written between brackets in an address: a number, or a quoted text."""
    if text.startswith('"'):
        return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return int(text) if text.isdigit() else text


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}
