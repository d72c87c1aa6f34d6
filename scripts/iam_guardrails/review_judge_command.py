"""`guardrails review ENV --cadence …`: judge an environment, offline from a capture or live, and say what is open."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.trail_source import declare_engine, declare_source, refuse_empty

if TYPE_CHECKING:
    from datetime import datetime

    from iam_guardrails.model.capture.capture import Capture
    from iam_guardrails.model.expected import Expected
    from iam_guardrails.model.review.calling import Calling, Commands
    from iam_guardrails.model.review.review import Review
    from iam_guardrails.model.review.signed import SignedReview
    from iam_guardrails.model.trail.window import Window
    from iam_guardrails.review_gather import Around

Tell = Callable[[str], None]
Put = Callable[[str | Iterable[str], str | None], None]
FindRoot = Callable[[argparse.Namespace], Path]
FORMATS = ("text", "html", "markdown", "json", "csv", "sarif", "all")
FILES = {"html": "html", "markdown": "md", "json": "json"}
"""What `--format all` writes: format -> how its file's name ends."""
CADENCES = ("weekly", "monthly", "quarterly")
EPILOG = (
    "Exit codes: 0 every box is clean, or what it found is decided, 1 something asks for a decision, 2 something could"
    " not be judged. The review is kept as a draft; next: guardrails review decide ENV, then guardrails review sign ENV"
    " --as NAME."
)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments."""
    made.epilog = EPILOG
    made.add_argument("env", metavar="ENV", help="dev, staging or prod")
    made.add_argument("--cadence", choices=CADENCES, required=True,
                      help="weekly: alarms, break-glass, changes; monthly: access; quarterly: tightening besides"
                      )  # fmt: skip
    made.add_argument("--from", dest="from_capture", metavar="CAPTURE",
                      help="judge this capture, offline (default: capture the live account first)")  # fmt: skip
    made.add_argument("--from-authorization-details", metavar="FILE",
                      help="judge what `aws iam get-account-authorization-details` printed, offline")  # fmt: skip
    declare_source(made, " (default: lookup: of a live weekly review, else what CloudTrail tells is not judged)")
    made.add_argument(
        "--since", metavar="TIME", help="ask CloudTrail from here on (default: from where the last signed review of the"
        " cadence ended, at least a period; less is judged, and cannot be signed)"
    )  # fmt: skip
    made.add_argument("--until", metavar="TIME", help="up to there, not included (default: the capture; less is"
                      " judged, and cannot be signed)")  # fmt: skip
    made.add_argument("--sandbox", action="store_true",
                      help="use the embedded AWS that `guardrails sandbox up` started")  # fmt: skip
    made.add_argument("--identity-center-profile", metavar="PROFILE",
                      help="of a live review: AWS profile that reads Identity Center")  # fmt: skip
    made.add_argument("--format", choices=FORMATS, default="text",
                      help="default: text; all: HTML, Markdown and JSON into a folder, and in short to stdout"
                      )  # fmt: skip
    made.add_argument("--output", metavar="FILE", help="write the report there instead of to stdout; of all: the folder"
                      " (default: reviews in the work folder of ENV)")  # fmt: skip
    declare_engine(made, "guardrails.toml")


def run(given: argparse.Namespace, find_root: FindRoot, tell: Tell, put: Put) -> int:
    """Judge, keep the draft, show it; returns the exit code. Raises Problem."""
    from iam_guardrails.adapters.garbage import give_back, resting
    from iam_guardrails.adapters.review_drafts import load_draft, save_draft
    from iam_guardrails.adapters.review_records import locked
    from iam_guardrails.journeys.review import with_before
    from iam_guardrails.journeys.review_draft import renewed
    from iam_guardrails.journeys.reviews_verify import whole_reviews
    from iam_guardrails.model.review.asked_again import asked_again
    from iam_guardrails.model.review.signed import last_of
    from iam_guardrails.model.review.window import behind, ended, given_up, short
    from iam_guardrails.model.value import changed
    from iam_guardrails.reports.review import review_parts
    from iam_guardrails.review_wiring import desk_of

    refuse_empty(given)
    root = find_root(given)
    desk = desk_of(root, given.env, given.sandbox)
    signed = whole_reviews(given.env, desk.records, desk.calling)  # before a long capture: what is decided goes on
    before = ended(signed, given.cadence)
    with resting() as settle:
        judged, now, chain = _judged(given, root, signed, tell, desk.calling, settle)
    review = changed(judged, calling=desk.calling)
    if lost := given_up(review, before):
        review = changed(review, notes=(*review.notes, lost))
    if why := short(review, before):
        review = changed(review, notes=(*review.notes, f"this cannot be signed: {why}"))
    with locked(desk.work):
        draft = load_draft(desk.work, given.cadence)
        signed = whole_reviews(given.env, desk.records, desk.calling)
        last = last_of(signed, given.cadence)
        asked = asked_again(review, signed)
        if why := behind(review, last):
            asked = changed(asked, notes=(*asked.notes, f"this cannot be signed: {why}"))
        review = with_before(renewed(asked, draft, last, now.date(), signed), last.review if last else None)
        save_draft(desk.work, review, draft.decisions if draft else ())
        del draft, judged, asked  # of a large account each is as large as what was judged
    give_back()
    if given.format == "all":
        folder = Path(given.output) if given.output else desk.work / "reviews"
        return _put_all(review, folder, chain, given, tell, put)
    put(review_parts(review, given.format, chain_svg=chain), given.output)
    for line in _next(review, given) if given.output or given.format != "text" else ():  # the text says it itself
        tell(line)
    return exit_code(review)


def _put_all(
    review: Review, folder: Path, chain: str, given: argparse.Namespace, tell: Tell, put: Put
) -> int:  # fmt: skip
    """Each of FILES into the folder, in short to stdout, and last the path of what to open; returns the exit code."""
    from iam_guardrails.adapters.files import write_atomic
    from iam_guardrails.reports.review import review_parts, short

    for form, ending in FILES.items():
        write_atomic(folder / f"{review.name}.{ending}", review_parts(review, form, chain_svg=chain))
    put(short.render(review), None)
    given.output = None
    for line in _next(review, given):
        tell(line)
    put(f"the report to open: {folder / f'{review.name}.html'}\n", None)
    return exit_code(review)


def exit_code(review: Review) -> int:
    """1 where an item waits for a decision, 2 where a box is not wholly judged, else 0."""
    from iam_guardrails.model.review.review import CLEAN, DECIDED, FOUND

    outcomes = {box.outcome for box in review.boxes}
    return 1 if FOUND in outcomes else 0 if outcomes <= {CLEAN, DECIDED} else 2


def _judged(
    given: argparse.Namespace, root: Path, signed: Sequence[SignedReview], tell: Tell, calling: Calling,
    settle: Callable[[], None],
) -> tuple[Review, datetime, str]:  # fmt: skip
    """The review, the time, and for HTML the picture of the chain. signed: every signed review."""
    from datetime import UTC, datetime

    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.place import environment_folder
    from iam_guardrails.journeys.review import check, evidence_of, judge
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.review.latest import unsettled
    from iam_guardrails.model.review.period import review_name
    from iam_guardrails.model.review.window import ended
    from iam_guardrails.model.value import changed
    from iam_guardrails.review_gather import gather
    from iam_guardrails.review_wiring import chain_drawing

    if given.from_capture and given.from_authorization_details:
        raise Problem("give --from CAPTURE or --from-authorization-details FILE, not both")
    given.config = str(environment_folder(root, given.env) / "guardrails.toml")
    expected = read_expectations(given.config)
    capture = _capture(given, root, tell)
    now = datetime.now(UTC).replace(microsecond=0)  # after a capture that takes its time
    where = given.from_capture or given.from_authorization_details or "it"
    check(capture, given.env, expected.account_id, where, calling)
    end = min(now, capture.captured_at) if capture.captured_at else now
    window = _window(given, end, ended(signed, given.cadence))
    around = changed(_around(given, root, expected, window, now, tell), unsettled=unsettled(signed))
    basis = gather(around, capture, given.cadence, _commands(given, calling, window))
    evidence = evidence_of(basis, window, _source(around), _rules(environment_folder(root, given.env)))
    name = review_name(given.cadence, end.date())
    chain = chain_drawing(capture.account, expected, now.date(), tell) if given.format in ("html", "all") else ""
    return changed(judge(basis, given.cadence, name, evidence, tell, settle), judged_at=now), now, chain


def _rules(folder: Path) -> dict[str, str]:
    """The hashes of the files that say what is expected and justified, as far as they are there."""
    import hashlib

    from iam_guardrails.adapters.justifications import FILE

    there = [folder / name for name in ("guardrails.toml", FILE)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in there if path.is_file()}


def _commands(given: argparse.Namespace, calling: Calling, window: Window) -> Commands:
    """The commands that ask more about what is judged; an engine other than the embedded one is not named."""
    from iam_guardrails.model.review.calling import Commands

    details, trail = given.from_authorization_details, tuple[str, ...]()
    account = ("--authorization-details", details) if details else ("--from", given.from_capture or given.captured)
    if given.source and window.since and window.until:
        source = given.source if ":" in given.source else str(Path(given.source).absolute())
        trail = ("--source", source, "--since", f"{window.since:%Y-%m-%dT%H:%M:%SZ}",
                 "--until", f"{window.until:%Y-%m-%dT%H:%M:%SZ}")  # fmt: skip
    whole = (account[0], str(Path(account[1]).absolute()))
    return Commands(calling, given.env, given.cadence, whole, trail, given.config)


def _around(
    given: argparse.Namespace, root: Path, expected: Expected, window: Window, now: datetime, tell: Tell
) -> Around:  # fmt: skip
    """Where the review takes place; a live weekly one asks LookupEvents where no source is given, as `breakglass
    reconcile` does: longer windows cost too many calls. Raises Problem."""
    from iam_guardrails.model.incident.reach import NOWHERE
    from iam_guardrails.review_gather import Around
    from iam_guardrails.trail_source import reach_of

    variables, reach = _variables(given, root, expected), NOWHERE
    if given.source or given.engine == "athena" or (given.cadence == "weekly" and not _offline(given)):
        given.source, reach = reach_of(given, given.source, expected, variables)
    return Around(given, root, expected, window, now, tell, variables, reach)


def _offline(given: argparse.Namespace) -> bool:
    return bool(given.from_capture or given.from_authorization_details)


def _source(around: Around) -> str:
    return around.given.source or ("Athena" if around.has_source else "")


def _variables(given: argparse.Namespace, root: Path, expected: Expected) -> dict[str, str]:
    """The process environment, pointed at the embedded AWS where that is going to be asked."""
    from iam_guardrails.incident_wiring import variables_of

    asks_aws = not _offline(given) or bool(given.source and given.source.startswith(("lookup:", "logs:", "s3://")))
    return variables_of(root, expected, bool(given.sandbox) and asks_aws)


def _capture(given: argparse.Namespace, root: Path, tell: Tell) -> Capture:
    if given.from_capture:
        from iam_guardrails.adapters.captures import load_capture

        return load_capture(given.from_capture)
    if given.from_authorization_details:
        from iam_guardrails.adapters.capture_assembly import capture_from_authorization_details

        return capture_from_authorization_details(given.from_authorization_details, tell)
    return _live(given, root, tell)


def _live(given: argparse.Namespace, root: Path, tell: Tell) -> Capture:
    """Capture the account now, as `guardrails capture ENV` does it."""
    import sys

    from iam_guardrails.adapters.captures import load_capture
    from iam_guardrails.adapters.progress_bar import Bar
    from iam_guardrails.capture_command import capture_of
    from iam_guardrails.wiring import place_of

    place, expected, _ = place_of(root, given.env, given.sandbox)
    asked = argparse.Namespace(
        sandbox=given.sandbox, output=None, region=[], identity_center_profile=given.identity_center_profile,
        identity_center_region=None, last_accessed="scope", without=[], fresh=False,
    )  # fmt: skip
    bar = Bar(sys.stderr)
    _, path, _ = capture_of(place, expected, asked, bar)
    given.captured = str(path)
    bar.end()
    tell(f"the capture is {path}; it can be judged again with --from")
    return load_capture(path)


def _window(given: argparse.Namespace, end: datetime, before: datetime | None) -> Window:
    """The window of CloudTrail, up to the capture at most. Raises Problem."""
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.review.window import begins
    from iam_guardrails.model.trail.window import Window, moment

    until = min(moment(given.until, "--until"), end) if given.until else end
    since = moment(given.since, "--since") if given.since else begins(given.cadence, before, until)
    if since >= until:
        raise Problem(f"--since {since:%Y-%m-%dT%H:%M:%SZ} is not before {until:%Y-%m-%dT%H:%M:%SZ}, the window's end")
    return Window(since, until)


def _next(review: Review, given: argparse.Namespace) -> list[str]:
    from iam_guardrails.reports.review.told import next_step

    found = [f"the report is {given.output}"] if given.output else []
    return [*found, f"next: {next_step(review)}"]
