"""Which root modules of a repository call the module in a folder: its text is theirs too.

Source: Terraform documentation, "Modules" (a `source` that begins with ./ or ../ is a folder; a root module is the
folder that Terraform is run in), "JSON Configuration Syntax" (`module` in a .tf.json file).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from iam_guardrails.adapters.files import read_text
from iam_guardrails.adapters.terraform_source.blocks import read_blocks
from iam_guardrails.adapters.terraform_source.scan import SourceError
from iam_guardrails.adapters.terraform_source.statements import Refused

_SOURCE = re.compile(r'\bsource"?\s*[=:]\s*"(\.\.?/[^"$%]*)"')
_LITERAL = re.compile(r'"(\.\.?/[^"$%]*)"')
_WORKSPACE = re.compile(r"^[^#\n]*\bterraform\.workspace\b", re.MULTILINE)
_LISTED = 3


class Callers:
    """The module calls in the text of a repository, read once, when they are asked for."""

    def __init__(self, base: Path) -> None:
        """base: the repository's folder. Other repositories and hidden folders in it are not looked at."""
        self._base = base.resolve()
        self._of: dict[Path, set[Path]] | None = None

    def others(self, folder: Path, root: Path) -> tuple[Path, ...]:
        """The root modules but `root` that the text in `folder` belongs to; none for a root module that nobody calls.

        Raises Problem where a file cannot be read.
        """
        if self._of is None:
            self._of = _calls(self._base)
        seen, waiting = set[Path](), [folder.resolve()]
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                waiting += self._of.get(at, ())
        return tuple(sorted(one for one in seen if one != root.resolve() and not self._of.get(one)))

    def refuse_shared(self, folder: Path, root: Path, what: str) -> None:
        """Raise Refused where other root modules make something of the text in `folder`. what: is made, for people."""
        if others := self.others(folder, root):
            names = [one.relative_to(self._base).as_posix() for one in others[:_LISTED]]
            more = f" and {len(others) - _LISTED} more" if len(others) > _LISTED else ""
            where = folder.resolve()
            shown = where.relative_to(self._base).as_posix() if where.is_relative_to(self._base) else where.name
            raise Refused(f"the text in {shown} makes {what} for {', '.join(names)}{more} too, which this plan does not"
                          " show: change it by an argument of the module, or look at those as well")  # fmt: skip


def applied_again(root: Path) -> Iterator[str]:
    """Signs that a root module is applied more than once, so that a change of its text is one of each, a clause each.

    Source: Terraform documentation, "Variable Definitions Files" (what -var-file names), "Workspaces".
    """
    there = sorted(path.relative_to(root) for path in root.glob("**/*.tfvars*"))
    given = [
        path.as_posix() for path in there
        if path.name.endswith((".tfvars", ".tfvars.json")) and ".auto." not in path.name
        and path.name.partition(".")[0] != "terraform" and not any(part.startswith(".") for part in path.parts)
    ]  # fmt: skip
    if len(given) > 1:
        more = f" and {len(given) - _LISTED} more" if len(given) > _LISTED else ""
        yield f"there are {', '.join(given[:_LISTED])}{more}: where the root is applied with another one, it goes too"
    if any(_WORKSPACE.search(read_text(path, "Terraform's text")) for path in sorted(root.glob("*.tf"))):
        yield "the root's text asks for terraform.workspace: it goes in each workspace"


def _calls(base: Path) -> dict[Path, set[Path]]:
    """The folders that call the module in a folder, by that folder."""
    found: dict[Path, set[Path]] = {}
    for at, folders, files in os.walk(base):
        here = Path(at)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (here / name / ".git").exists()
        )
        for name in files:
            if name.endswith((".tf", ".tf.json")):
                for source in _sources(read_text(here / name, "Terraform's text"), name.endswith(".json")):
                    found.setdefault((here / source).resolve(), set()).add(here.resolve())
    return found


def _sources(text: str, is_json: bool) -> Sequence[str]:
    """The folders that module calls of a file name; of a text that is not understood, whatever looks like one."""
    if "module" not in text:
        return ()
    try:
        return tuple(_of_json(json.loads(text)) if is_json else _of_blocks(text))
    except (SourceError, ValueError, AttributeError, TypeError):
        return _SOURCE.findall(text)


def _of_blocks(text: str) -> Iterator[str]:
    for block in read_blocks(text):
        told = block.argument("source") if block.type == "module" else None
        if told is not None and (match := _LITERAL.fullmatch(text[told.value_start : told.value_end].strip())):
            yield match[1]


def _of_json(content: object) -> Iterator[str]:
    """`module` is an object of calls by name, or a list of such; a call is an object, or a list of them."""
    for calls in _each(content, "module"):
        for name in calls:
            for call in _each(calls, name):
                source = call.get("source")
                if isinstance(source, str) and source.startswith(("./", "../")):
                    yield source


def _each(content: object, name: str) -> Iterator[dict[str, object]]:
    told = content.get(name) if isinstance(content, dict) else None
    yield from (one for one in (told if isinstance(told, list) else [told]) if isinstance(one, dict))
