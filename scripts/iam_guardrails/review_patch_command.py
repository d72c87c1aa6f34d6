"""`guardrails review patch`: what a review wants removed, as a patch to the repository's own Terraform."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.review import CADENCES

if TYPE_CHECKING:
    from iam_guardrails.adapters.terraform_source.patch import Root
    from iam_guardrails.model.removal.patches import RemovalPatch
    from iam_guardrails.model.review.review import Review

EPILOG = (
    "Exit codes: 0 there is nothing to remove, 1 there is, 2 could not. Nothing is written or removed: put the patch in"
    " with git apply, plan, and have it reviewed. With --format patch all but the patch is told on stderr."
)
Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `review patch`."""
    made.epilog = EPILOG
    made.add_argument("env", metavar="ENV", help="dev, staging or prod")
    made.add_argument("--cadence", choices=CADENCES, required=True,
                      help="the draft of this cadence, without what is kept or accepted; where there is none, what the"
                      " last signed review decided to remove")  # fmt: skip
    made.add_argument("--plan", metavar="FILE",
                      help="a plan in JSON of the root that makes them (default: the environment's last)")  # fmt: skip
    made.add_argument("--root", dest="terraform", metavar="FOLDER",
                      help="that root's folder (default: the environment's)")  # fmt: skip
    made.add_argument("--item", metavar="ID", action="append", default=[], help="this item only; may be repeated")
    made.add_argument("--sandbox", action="store_true", help="the reviews of the embedded AWS")
    made.add_argument("--format", choices=("text", "patch", "json"), default="text", help="default: text")
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def run(given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Tell, put: Put) -> int:
    """Make the patch and show it; returns the exit code. Raises Problem."""
    from iam_guardrails.adapters.terraform_source.remove import removal_patch
    from iam_guardrails.model.removal.target import proposed, protected
    from iam_guardrails.removal_wiring import expected_of
    from iam_guardrails.reports.review_patch import as_text, told

    root = find_root(given)
    expected = expected_of(root, given.env)
    review = _review(given, root)
    items = {item.id: item for item in review.items if not given.item or item.id in given.item}
    if strange := sorted(set(given.item) - set(items)):
        raise Problem(f"there is no item {strange[0][:80]!r} in {review.name}")
    targets = [one for one in proposed(items.values()) if not protected(one, expected, "")]
    found = removal_patch(targets, _terraform(given, root), expected.account_id)
    if given.format == "patch":
        for line in told(found, items):
            tell(line)
    texts = {"patch": lambda: found.text, "json": lambda: _as_json(found), "text": lambda: as_text(found, items)}
    put(texts[given.format](), given.output)
    return 1 if found.places else 0


def _review(given: argparse.Namespace, root: Path) -> Review:
    from iam_guardrails.adapters.review_drafts import load_draft
    from iam_guardrails.journeys.reviews_verify import whole_reviews
    from iam_guardrails.model.review.latest import in_force
    from iam_guardrails.model.review.review import REMOVE
    from iam_guardrails.model.review.signed import last_of
    from iam_guardrails.model.value import changed
    from iam_guardrails.review_wiring import desk_of

    desk = desk_of(root, given.env, given.sandbox)
    draft = load_draft(desk.work, given.cadence)
    if draft is not None:
        return draft.review
    signed = whole_reviews(desk.environment, desk.records, desk.calling)
    last = last_of(signed, given.cadence)
    if last is None:
        raise Problem(
            f"there is no {given.cadence} review of {given.env}; judge one with:"
            f" {desk.calling.review(given.env, given.cadence)}"
        )
    review = in_force(last, signed)[0].review
    return changed(review, boxes=tuple(
        changed(box, items=tuple(item for item in box.items if item.decision and item.decision.choice == REMOVE))
        for box in review.boxes
    ))  # fmt: skip


def _terraform(given: argparse.Namespace, root: Path) -> Root:
    from iam_guardrails.adapters.place import environment_folder
    from iam_guardrails.adapters.terraform_home import find_binary
    from iam_guardrails.adapters.terraform_source.fmt import formatter
    from iam_guardrails.adapters.terraform_source.patch import Root
    from iam_guardrails.review_wiring import desk_of

    if bool(given.plan) != bool(given.terraform):
        raise Problem("give --plan FILE and --root FOLDER together: the plan, and the folder it was made in")
    desk = desk_of(root, given.env, given.sandbox)
    plan = given.plan or str(desk.work / "plan.json")
    if not Path(plan).is_file():
        make = desk.calling.plain("validate", given.env)
        raise Problem(f"there is no plan {plan}; make one: {make}, or give --plan and --root")
    folder = Path(given.terraform) if given.terraform else environment_folder(root, given.env)
    try:
        binary = find_binary(os.environ, root)
    except Problem:
        return Root(plan, folder)
    return Root(plan, folder, formatter(binary, {"PATH": os.environ.get("PATH", "")}))


def _as_json(found: RemovalPatch) -> str:
    from iam_guardrails.model.codec import encode

    return json.dumps(encode(found), indent=2, ensure_ascii=False) + "\n"
