"""Proposals as a patch to the repository's own Terraform; where that cannot be, why, and what to do by hand."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from iam_guardrails.adapters.files import read_text
from iam_guardrails.adapters.plan_json.graph import Graph
from iam_guardrails.adapters.plan_json.plan_file import read_plan
from iam_guardrails.adapters.terraform_source.callers import Callers
from iam_guardrails.adapters.terraform_source.edits import Edit, IsExpression, applied, edits
from iam_guardrails.adapters.terraform_source.find import Found, find_block, home_of, locate
from iam_guardrails.adapters.terraform_source.scan import SourceError
from iam_guardrails.adapters.terraform_source.statements import Refused, Source, of_data_source, of_document
from iam_guardrails.adapters.terraform_source.values import HCL, JSON_FILE, JSON_HEREDOC, Value, read_value
from iam_guardrails.model.expression import Expression
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.tightening.outcome import Outcome
from iam_guardrails.model.iam.tightening.patches import Key, Patches, Place
from iam_guardrails.model.iam.tightening.propose import TIGHTER, Proposal
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

_DATA = Expression(r"data\.aws_iam_policy_document\.([\w-]+)\.(?:minified_)?json$")
_FILE = Expression(r'file\("(?:\$\{path\.module\}/)?([^"$]+)"\)$')
NOT_MANAGED = "the plan has no resource that makes it"
AWS_MANAGED = "AWS writes it: attach the proposed policy to the role in its place"


@frozen
class Root:
    """plan: a plan in JSON.  folder: the root module it was made in.  formatted: `terraform fmt` for a .tf file's text.

    A file is formatted only where it was before.
    """

    plan: str
    folder: Path
    formatted: Callable[[str], str | None] = lambda text: None


def patch_for(outcome: Outcome, estate: Estate, root: Root) -> Patches:
    """The patch for every proposal of an outcome. Raises Problem where the plan or the root cannot be read."""
    if not root.folder.is_dir():
        raise Problem(f"--root {root.folder} is no folder; give the root module that the plan was made in")
    graph = Graph(read_plan(root.plan), "us-east-1", estate.account_id)
    places: dict[Key, Place] = {}
    kept: dict[Key, frozenset[int]] = {}
    texts: dict[Path, str] = {}
    changes: dict[Path, list[Edit]] = {}
    base = base_of(root.folder.resolve())
    callers = Callers(base)
    for proposal in outcome.of(TIGHTER):
        key, address, where = proposal.subject.key, "", ""
        try:
            source, address = _source(graph, proposal, root.folder.resolve(), callers)
            path = Path(source.path)
            where = relative(path, base)
            made = edits(source, proposal)
            texts[path] = source.text
            changes.setdefault(path, []).extend(made)
            places[key] = Place(address, where, "")
        except Refused as refusal:
            places[key] = Place(address, where, str(refusal))
        except Problem as problem:
            places[key] = Place(address, where, str(problem))
        except SourceError as problem:
            places[key] = Place(address, where, f"its text is not understood: {problem}")
        except IsExpression as found:
            kept[key] = found.places
            places[key] = Place(address, where, str(found))
    diffs = [diff_of(path, base, texts[path], applied(texts[path], changes[path]), root) for path in sorted(changes)]
    return Patches("".join(diffs), shown_base(base), places, kept)


def _source(graph: Graph, proposal: Proposal, root: Path, callers: Callers) -> tuple[Source, str]:
    """The statements in the text, and the address of the resource. Raises Refused."""
    if proposal.subject.kind == "aws":
        raise Refused(AWS_MANAGED)
    home = home_of(graph, proposal.subject)
    if home is None:
        raise Refused(NOT_MANAGED)
    found = locate(graph, home, proposal.subject.name, root)
    callers.refuse_shared(found.folder, root, f"{home.node.type}.{home.node.name}")
    told = found.block.argument("policy")
    if told is None:
        raise Refused(f"{found.address} has no argument policy")
    value = read_value(found.text, told.value_start, told.value_end)
    return _document(found, value), found.address


def _document(found: Found, value: Value) -> Source:
    text, path = found.text, str(found.path)
    if value.kind == "call" and value.text == "jsonencode" and len(value.items) == 1:
        return of_document(path, text, value.items[0], HCL)
    if value.kind == "heredoc":
        return of_document(path, text, read_value(text, *value.inner, JSON_HEREDOC), JSON_HEREDOC)
    written = text[value.start : value.end]
    if match := _DATA.match(written):
        _refuse_shared(found.folder, f"data.aws_iam_policy_document.{match[1]}")
        where, content, block = find_block(found.folder, "data", "aws_iam_policy_document", match[1])
        return of_data_source(str(where), content, block)
    if match := _FILE.match(written):
        _refuse_shared(found.folder, match[1])
        file = found.folder / match[1]
        content = read_text(file, "the policy's file")
        return of_document(str(file), content, read_value(content, 0, len(content), JSON_FILE), JSON_FILE)
    raise Refused("its policy is neither jsonencode({…}), a file, nor a data source written out beside it")


def _refuse_shared(folder: Path, name: str) -> None:
    """A text that is named twice makes two policies, and what one of them does not use the other may."""
    named = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
    times = sum(len(named.findall(read_text(path, "Terraform's text"))) for path in folder.glob("*.tf"))
    if times > 1:
        raise Refused(f"{name} is named in {times} places, so that another policy may be made of it too")


def base_of(folder: Path) -> Path:
    """The repository that holds the folder, where there is one."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def shown_base(base: Path) -> str:
    """The folder as somebody here would write it."""
    here = Path.cwd()
    return os.path.relpath(base, here) if base in (here, *here.parents) or base.is_relative_to(here) else str(base)


def relative(path: Path, base: Path) -> str:
    """The path from the repository's root. Raises Refused where it is outside."""
    path = path.resolve()
    if not path.is_relative_to(base):
        raise Refused(f"{path.name} is outside {base.name}, which the patch is for")
    return path.relative_to(base).as_posix()


def diff_of(path: Path, base: Path, old: str, new: str, root: Root) -> str:
    """A unified diff of a file, formatted where it was. Raises Refused where the file is outside of the repository."""
    if path.suffix == ".tf" and new.strip() and root.formatted(old) == old:  # of nothing, fmt makes an empty line
        new = root.formatted(new) or new
    name = relative(path, base)
    return "".join(_unified(name, old.splitlines(keepends=True), new.splitlines(keepends=True)))


def _unified(name: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
