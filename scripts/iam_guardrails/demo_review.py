"""The demo's access review: a made-up company with planted problems, captured, judged, and each problem found."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from iam_guardrails.adapters.company import PLANTED, build, compared, with_problems, write_history
from iam_guardrails.adapters.review_drafts import load_draft
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.review import MONTHLY
from iam_guardrails.review_judge_command import declare, run


class Stage(Protocol):
    """Where the demo tells its story."""

    @property
    def say(self) -> Callable[[str], None]:
        """A result."""

    @property
    def tell(self) -> Callable[[str], None]:
        """Progress."""


def review_company(project: Path, environment: str, variables: Mapping[str, str], stage: Stage) -> Path:
    """Build the company, review it, and hold what was found against what is planted; returns the report.

    project: its embedded AWS is the one that variables sign in to. Raises Problem where a problem is not found, or
    where somebody else is accused, and botocore's ClientError.
    """
    company, now = with_problems(), datetime.now(UTC)
    source = write_history(variables, company, now)
    stage.say(f"{build(variables, company, now)}; its CloudTrail lies in {source}")
    kept = project / "trail-facts"
    said: list[str] = []
    _judge(project, environment, source, kept, stage, lambda text, _file: said.append("".join(text)))
    for line in "".join(said).splitlines()[:-1]:  # the last one is the path, which ends the demo
        stage.say(line)
    return _report(project / ".guardrails" / "sandbox" / environment, stage)


def _judge(
    project: Path,
    environment: str,
    source: str,
    cache: Path,
    stage: Stage,
    put: Callable[[str | Iterable[str], str | None], None],
) -> None:
    made = argparse.ArgumentParser()
    declare(made)
    given = made.parse_args([environment, "--cadence", MONTHLY, "--sandbox", "--source", source, "--format", "all",
                             "--cache", str(cache)])  # fmt: skip
    code = run(given, lambda _given: project, stage.tell, put)
    if code != 1:
        raise Problem(f"the demo stops: the review ended with {code}, and problems are planted for it to find")


def _report(work: Path, stage: Stage) -> Path:
    draft = load_draft(work, MONTHLY)
    if draft is None:
        raise Problem("the demo stops: the review left no draft")
    of_company = [item for item in draft.review.items if "file" not in dict(item.evidence)]  # what git tracks is real
    found = [(item.box, item.subject, item.title) for item in of_company]
    missing, more = compared(found, MONTHLY)
    if missing or more:
        raise Problem(f"the demo stops: the review missed {list(missing)} and accused {[item[2] for item in more]}")
    planted = sum(one.cadence == MONTHLY for one in PLANTED)
    stage.say(f"all {planted} planted problems are found, in {len(found)} items, and nothing else is accused")
    return work / "reviews" / f"{draft.review.name}.html"
