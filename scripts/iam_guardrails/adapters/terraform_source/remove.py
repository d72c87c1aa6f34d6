"""Removals as a patch to the repository's own Terraform: whole blocks go, and what still names them is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from iam_guardrails.adapters.files import read_text
from iam_guardrails.adapters.plan_json.graph import Graph, Node
from iam_guardrails.adapters.plan_json.plan_file import read_plan
from iam_guardrails.adapters.terraform_source.blocks import Block
from iam_guardrails.adapters.terraform_source.callers import Callers, applied_again
from iam_guardrails.adapters.terraform_source.edits import Edit, applied
from iam_guardrails.adapters.terraform_source.find import find_block, folder_of
from iam_guardrails.adapters.terraform_source.owned import makers, sharing
from iam_guardrails.adapters.terraform_source.patch import Root, base_of, diff_of, relative, shown_base
from iam_guardrails.adapters.terraform_source.statements import Refused
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.patches import Place, RemovalPatch
from iam_guardrails.model.removal.target import Target
from iam_guardrails.model.value import frozen

NOT_MANAGED = "the plan has no resource that makes it: calls remove it (the action remove of guardrails review)"
_COMMENT = ("#", "//")


@frozen
class Spot:
    """A block in the text: one resource of a folder, whatever number of instances it makes."""

    folder: Path
    type: str
    name: str


@frozen
class Cut:
    """A block that goes. start, end: of its lines, with the comment above them."""

    path: Path
    text: str
    start: int
    end: int
    block: Block


def removal_patch(targets: Iterable[Target], root: Root, account_id: str) -> RemovalPatch:
    """The patch that removes the targets' blocks. Raises Problem where the plan or the root cannot be read."""
    if not root.folder.is_dir():
        raise Problem(f"--root {root.folder} is no folder; give the root module that the plan was made in")
    graph = Graph(read_plan(root.plan), "us-east-1", account_id)
    folder = root.folder.resolve()
    base = base_of(folder)
    made, refused = dict[Target, tuple[Node, ...]](), dict[Target, str]()
    for target in targets:
        try:
            made[target] = makers(graph, target)
            if not made[target]:
                refused[target] = NOT_MANAGED
        except Refused as refusal:
            made[target], refused[target] = (), str(refusal)
    cuts = _cuts(graph, folder, base, made, refused)
    every = {spot: cut for found in cuts.values() for spot, cut in found.items()}
    again = tuple(applied_again(folder))
    places = tuple(
        Place(target, reason=refused[target]) if target in refused
        else _place(graph, target, made[target], cuts[target], every, base, again)
        for target in made
    )  # fmt: skip
    return RemovalPatch("".join(_diffs(every.values(), base, root)), shown_base(base), places)


def _cuts(
    graph: Graph, root: Path, base: Path, made: Mapping[Target, tuple[Node, ...]], refused: dict[Target, str]
) -> dict[Target, dict[Spot, Cut]]:
    """The blocks of each target that is not refused; a block that makes something else too, in this plan or for
    another root module of the repository, refuses the target.

    Refusing one may leave a block to another that is then not wholly removed either: until nothing changes.
    """
    callers = Callers(base)
    while True:
        going = {node.address for target, nodes in made.items() if target not in refused for node in nodes}
        found, before = dict[Target, dict[Spot, Cut]](), len(refused)
        for target, nodes in made.items():
            if target in refused:
                continue
            try:
                spots = dict.fromkeys(Spot(folder_of(node.scope, root), node.type, node.name) for node in nodes)
                found[target] = {spot: _cut(graph, spot, going, root) for spot in spots}
                for spot, cut in found[target].items():
                    relative(cut.path, base)
                    callers.refuse_shared(spot.folder, root, f"{spot.type}.{spot.name}")
            except Refused as refusal:
                refused[target] = str(refusal)
        if len(refused) == before:
            return found


def _cut(graph: Graph, spot: Spot, going: set[str], root: Path) -> Cut:
    """Raises Refused where the block makes something that stays."""
    there = [node for node in graph.of(spot.type) if node.name == spot.name and _folder(node, root) == spot.folder]
    if others := [node.address for node in there if node.address not in going]:
        raise Refused(f"the text of {spot.type}.{spot.name} makes {others[0]} too, which stays (count, for_each, or a "
                      "module that is called several times)")  # fmt: skip
    path, text, block = find_block(spot.folder, "resource", spot.type, spot.name)
    return Cut(path, text, *_lines(text, block), block)


def _folder(node: Node, root: Path) -> Path | None:
    try:
        return folder_of(node.scope, root)
    except Refused:
        return None


def _lines(text: str, block: Block) -> tuple[int, int]:
    """The whole lines of a block, the comment right above it, and the blank lines behind it."""
    start = text.rfind("\n", 0, block.start) + 1
    while start:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].strip().startswith(_COMMENT):
            break
        start = above
    end = text.find("\n", block.end)
    end = len(text) if end < 0 else end + 1
    if text[block.end : end].strip() and not text[block.end : end].strip().startswith(_COMMENT):
        raise Refused(f"something else stands in the last line of {' '.join(block.labels)}")
    while end < len(text) and (line := text[end : text.find("\n", end) + 1 or len(text)]) and not line.strip():
        end += len(line)
    return start, end


def _place(
    graph: Graph, target: Target, nodes: tuple[Node, ...], cuts: Mapping[Spot, Cut], every: Mapping[Spot, Cut],
    base: Path, again: tuple[str, ...],
) -> Place:  # fmt: skip
    dangling = tuple(text for spot in cuts for text in _dangling(spot, every.values(), base))
    notes = [f"{address} names it among others: take it out there" for address in sharing(graph, target)]
    guarded = (spot for spot, cut in cuts.items() if any(one.argument("prevent_destroy") for one in
                                                         cut.block.named("lifecycle")))  # fmt: skip
    notes += [f"{spot.type}.{spot.name} has prevent_destroy, which goes with its block" for spot in guarded]
    return Place(target, tuple(node.address for node in nodes), "", dangling, (*notes, *again))


def _dangling(spot: Spot, cuts: Iterable[Cut], base: Path) -> Iterator[str]:
    """The lines that name a block that goes and do not go themselves."""
    named = re.compile(rf"(?<![\w.-]){re.escape(spot.type)}\.{re.escape(spot.name)}(?![\w-])")
    listed = list(cuts)
    for path in sorted([*spot.folder.glob("*.tf"), *spot.folder.glob("**/*.tftest.hcl")]):
        text = read_text(path, "Terraform's text")
        gone = [(cut.start, cut.end) for cut in listed if cut.path == path]
        at = 0
        for number, line in enumerate(text.splitlines(keepends=True), start=1):
            stays = not any(start <= at < end for start, end in gone)
            if stays and not line.lstrip().startswith(_COMMENT) and named.search(line):
                yield f"{relative(path, base)}:{number}: {line.strip()}"
            at += len(line)


def _diffs(cuts: Iterable[Cut], base: Path, root: Root) -> Iterator[str]:
    by_path: dict[Path, list[Cut]] = {}
    for cut in cuts:
        by_path.setdefault(cut.path, []).append(cut)
    for path, found in sorted(by_path.items()):
        text = found[0].text
        new = applied(text, [Edit(cut.start, cut.end, "") for cut in found])
        yield diff_of(path, base, text, new.rstrip("\n") + "\n" if new.strip() else "", root)
