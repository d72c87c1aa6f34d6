"""Where each resource lives: Region and account of its provider configuration.

A provider's Region is a constant, or a variable that is followed through module calls to its value. Where it
goes through something a plan does not hold (a local, the environment), the plan's own evidence decides: an
ARN or the `aws_region` data source read through that provider; otherwise the expected home Region.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.value import frozen

ARN = Expression(r"arn:aws[\w-]*:[\w-]+:([a-z]{2,}-[a-z-]+-\d):(\d{12}):")
ROLE_ACCOUNT = Expression(r"arn:aws[\w-]*:iam::(\d{12}):role/")


@frozen
class Provider:
    """Region and account id of one provider configuration."""

    region: str
    account_id: str


class Providers:
    """The provider configurations of a plan by their key (`aws`, `aws.second`, `module.x:aws`)."""

    def __init__(self, content: Mapping[str, Any], home_region: str, account_id: str) -> None:
        self._content = content
        self._home = Provider(home_region, account_id)
        self._configs = _mapping(_mapping(content.get("configuration")).get("provider_config"))
        self._found: dict[str, Provider] = {}
        self._evidence: dict[str, str] | None = None

    def of(self, key: str, values: Mapping[str, Any]) -> Provider:
        """The provider of a resource; its own `region` argument (provider 6 and later) goes first."""
        if key not in self._found:
            self._found[key] = self._read(key)
        found = self._found[key]
        own = values.get("region")
        return Provider(own, found.account_id) if isinstance(own, str) and own else found

    def account_ids(self) -> frozenset[str]:
        """Account ids that the provider configurations name (`allowed_account_ids`, an assumed role)."""
        found = {item.account_id for item in map(self._read, self._configs)} - {self._home.account_id}
        for config in self._configs.values():
            allowed = self._value(_mapping(config.get("expressions")).get("allowed_account_ids"), config)
            found |= {str(item) for item in (allowed if isinstance(allowed, list) else [allowed]) if item}
        return frozenset(found)

    def _read(self, key: str) -> Provider:
        config = _mapping(self._configs.get(key))
        expressions = _mapping(config.get("expressions"))
        region = self._value(expressions.get("region"), config)
        if not isinstance(region, str) or not region:
            region = self._seen_regions().get(key) or self._home.region
        roles = expressions.get("assume_role")
        assumed = self._value(_mapping(roles[0]).get("role_arn"), config) if isinstance(roles, list) and roles else None
        account = ROLE_ACCOUNT.match(assumed) if isinstance(assumed, str) else None
        return Provider(region, account[1] if account else self._home.account_id)

    def _value(self, expression: Any, config: Mapping[str, Any]) -> Any:
        """The value of an argument: a constant, or a plain variable of the module the configuration is in."""
        path = [step.partition("[")[0] for step in str(config.get("module_address") or "").split("module.") if step]
        return self._follow(expression, [step.rstrip(".") for step in path])

    def _follow(self, expression: Any, path: list[str]) -> Any:
        expression = _mapping(expression)
        if "constant_value" in expression:
            return expression["constant_value"]
        references = expression.get("references") or ()
        if not references or not all(references[0].startswith(item) for item in references):
            return None
        start, *attributes = references[0].split(".")
        if start != "var" or any("[" in item for item in attributes):
            return None
        value = self._variable(attributes[0], path)
        for name in attributes[1:]:
            value = _mapping(value).get(name)
        return value

    def _variable(self, name: str, path: list[str]) -> Any:
        if not path:
            return _mapping(_mapping(self._content.get("variables")).get(name)).get("value")
        call = _mapping(_mapping(self._module(path[:-1]).get("module_calls")).get(path[-1]))
        given = _mapping(call.get("expressions")).get(name)
        if given is None:
            return _mapping(_mapping(_mapping(call.get("module")).get("variables")).get(name)).get("default")
        return self._follow(given, path[:-1])

    def _module(self, path: list[str]) -> Mapping[str, Any]:
        module = _mapping(_mapping(self._content.get("configuration")).get("root_module"))
        for name in path:
            module = _mapping(_mapping(_mapping(module.get("module_calls")).get(name)).get("module"))
        return module

    def _seen_regions(self) -> dict[str, str]:
        if self._evidence is None:
            self._evidence = {}
            keys = dict(_provider_keys(self._module([]), ""))
            for section in ("prior_state", "planned_values"):
                values = _mapping(self._content.get(section))
                self._collect(_mapping(_mapping(values.get("values", values)).get("root_module")), keys)
        return self._evidence

    def _collect(self, module: Mapping[str, Any], keys: Mapping[str, str]) -> None:
        assert self._evidence is not None
        for item in module.get("resources") or ():
            key, values = keys.get(re.sub(r"\[[^\]]*\]", "", item["address"])), _mapping(item.get("values"))
            arn = ARN.match(str(values.get("arn", "")))
            seen = values.get("name") if item["type"] == "aws_region" else arn[1] if arn else None
            if key is not None and isinstance(seen, str):
                self._evidence.setdefault(key, seen)
        for child in module.get("child_modules") or ():
            self._collect(child, keys)


def _provider_keys(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for item in module.get("resources") or ():
        yield prefix + item["address"], str(item.get("provider_config_key", ""))
    for name, call in _mapping(module.get("module_calls")).items():
        yield from _provider_keys(_mapping(call.get("module")), f"{prefix}module.{name}.")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
