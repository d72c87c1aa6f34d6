"""Many cases of one module in one root: `module "case" { for_each = var.cases … }`, planned once.

A plan per case costs seconds, nearly all of them for starting Terraform and its provider. With `for_each` the start is
paid once (`make bench` shows the ratio), and the plan says for every case what a plan of its own would say.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.terraform_tools import OFFLINE, copy_module, plan_of


def root_with_cases(module: str, folder: Path) -> Path:
    """A root in `folder` that calls a copy of `module` for each of `var.cases`; what a case leaves out is null."""
    source = copy_module(module, folder)
    names = re.findall(r'^variable "(\w+)"', (source / "variables.tf").read_text(), re.MULTILINE)
    inputs = "\n".join(f"  {name} = try(each.value.{name}, null)" for name in names)
    (folder / "main.tf").write_text(
        f'{OFFLINE}\nvariable "cases" {{\n  type = any\n}}\n\n'
        f'module "case" {{\n  source   = "./modules/{module}"\n  for_each = var.cases\n\n{inputs}\n}}\n'
    )
    return folder


def plan_cases(module: str, cases: Mapping[str, Mapping[str, Any]], folder: Path, reattach: str) -> dict[str, Any]:
    """One plan and one show of all cases (name -> inputs of the module); writes plan.json in `folder`."""
    return plan_of(root_with_cases(module, folder), reattach, {"cases": cases})


def plan_of_case(plan: Mapping[str, Any], case: str) -> dict[str, Any]:
    """The plan with one case in it and none of its neighbours, which carry the same names."""
    address = f'module.case["{case}"]'
    made = dict(plan)
    made["resource_changes"] = [item for item in plan["resource_changes"] if item["address"].startswith(f"{address}.")]
    values = plan["planned_values"]
    children = [item for item in values["root_module"]["child_modules"] if item["address"] == address]
    made["planned_values"] = {**values, "root_module": {**values["root_module"], "child_modules": children}}
    return made


def resources_of(plan: Mapping[str, Any], case: str) -> dict[str, dict[str, Any]]:
    """The planned values of one case: address within the module -> values."""
    address = f'module.case["{case}"]'
    children = plan["planned_values"]["root_module"]["child_modules"]
    found = next(child for child in children if child["address"] == address)
    return {item["address"].removeprefix(f"{address}."): item["values"] for item in found["resources"]}


def merged(*layers: Mapping[str, Any] | None) -> dict[str, Any]:
    """Mappings laid over each other, nested ones too."""
    made: dict[str, Any] = {}
    for layer in layers:
        for key, value in (layer or {}).items():
            if isinstance(value, Mapping):
                made[key] = merged(made.get(key) if isinstance(made.get(key), Mapping) else None, value)
            else:
                made[key] = value
    return made


def combined(axes: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Every combination of one choice per axis: its name (choices joined by a hyphen) and the choices."""
    choices: list[Iterable[tuple[str, Mapping[str, Any]]]] = [axis.items() for axis in axes.values()]
    for picked in itertools.product(*choices):
        yield "-".join(name for name, _ in picked), [choice for _, choice in picked]
