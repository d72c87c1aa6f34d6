"""The plan file itself: `terraform show -json PLAN > plan.json`, checked before anything is read from it.

Source of the format: Terraform documentation, "JSON Output Format" (internals/json-format): a reader must
accept any minor version of a major version it knows and refuse another major version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from pathlib import Path

MAJOR = "1"
HOW = "write it with `terraform plan -out=tfplan` and `terraform show -json tfplan > plan.json`"


class PlanError(Problem):
    """The file cannot be used as a plan; the message is one sentence that says why and what to do."""


@frozen
class PlanFile:
    """A plan that was read. `content` is the decoded JSON; nothing in it is changed."""

    path: str
    format_version: str
    terraform_version: str
    content: Mapping[str, Any]


def read_plan(path: str | Path) -> PlanFile:
    """Read and check a plan in JSON. Raises PlanError with one clear sentence when the file is not usable."""
    content = _decode(_bytes(path), path)
    _refuse_what_is_no_plan(content, path)
    version = str(content.get("format_version", ""))
    if version.partition(".")[0] != MAJOR:
        raise PlanError(
            f"{path} has plan format {version or '(none)'}, of another Terraform than this program reads "
            f"(format {MAJOR}.x, written by Terraform 1.x)."
        )
    if content.get("errored"):
        raise PlanError(f"{path} is an incomplete plan: Terraform stopped with an error while planning.")
    return PlanFile(str(path), version, str(content.get("terraform_version", "")), content)


def plan_addresses(plan: PlanFile) -> tuple[str, ...]:
    """Addresses of all managed resources that exist after the apply, unchanged ones too, in plan order."""
    root = _section(_section(plan.content, "planned_values"), "root_module")
    return tuple(item["address"] for item in _resources(root) if item.get("mode") == "managed")


def terraform_checks(plan: PlanFile) -> list[tuple[str, str, tuple[str, ...]]]:
    """What Terraform's own checks said, per instance: (address, "pass"|"fail"|"error"|"unknown", messages).

    Covers `check` blocks, preconditions, postconditions and variable validations (json-format: "checks").
    """
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for check in plan.content.get("checks") or ():
        whole = {**check, "instances": None}
        for item in check.get("instances") or (whole,):
            address = str(_section(item, "address").get("to_display") or _section(check, "address").get("to_display"))
            problems = tuple(str(problem.get("message", "")) for problem in item.get("problems") or ())
            found.append((address, str(item.get("status", "unknown")), problems))
    return found


def _section(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = content.get(name)
    return found if isinstance(found, Mapping) else {}


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources") or ()
    for child in sorted(module.get("child_modules") or (), key=lambda item: str(item.get("address"))):
        yield from _resources(child)


def _bytes(path: str | Path) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs milliseconds at every start
            return file.read()
    except FileNotFoundError:
        raise PlanError(f"{path} does not exist; {HOW}.") from None
    except IsADirectoryError:
        raise PlanError(f"{path} is a folder, not a plan file; {HOW}.") from None
    except OSError as error:
        raise PlanError(f"{path} cannot be read: {error.strerror or error}.") from None


def _decode(data: bytes, path: str | Path) -> Mapping[str, Any]:
    if data.startswith(b"PK"):
        raise PlanError(f"{path} is Terraform's binary plan; run `terraform show -json {path} > plan.json` first.")
    if not data.strip():
        raise PlanError(f"{path} is empty; {HOW}.")
    try:
        content = json.loads(data)
    except UnicodeDecodeError:
        raise PlanError(f"{path} is not text, so it is not a plan in JSON; {HOW}.") from None
    except RecursionError:
        raise PlanError(f"{path} is nested too deeply to be a plan.") from None
    except ValueError as error:
        if data.lstrip().startswith(b'{"@level"'):
            raise PlanError(f"{path} is the log of `terraform plan -json`, not the plan; {HOW}.") from None
        raise PlanError(f"{path} is not complete JSON ({error}); was it cut off? {_capital(HOW)}.") from None
    if not isinstance(content, Mapping):
        raise PlanError(f"{path} holds a JSON {type(content).__name__}, not a plan; {HOW}.")
    return content


def _refuse_what_is_no_plan(content: Mapping[str, Any], path: str | Path) -> None:
    if "lineage" in content and "serial" in content:
        raise PlanError(f"{path} is a Terraform state file, not a plan; {HOW}.")
    if "@level" in content:
        raise PlanError(f"{path} is the log of `terraform plan -json`, not the plan; {HOW}.")
    if "values" in content and "planned_values" not in content:
        raise PlanError(f"{path} shows a state, not a plan; {HOW}.")
    if "format_version" not in content or not isinstance(content.get("configuration"), Mapping):
        raise PlanError(f"{path} is JSON but not a Terraform plan; {HOW}.")
    for name in ("planned_values", "prior_state", "variables"):
        if not isinstance(content.get(name) or {}, Mapping):
            raise PlanError(f"{path} is not a well-formed Terraform plan: {name} is not an object.")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
