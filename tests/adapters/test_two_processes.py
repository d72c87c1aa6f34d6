"""Two processes give what one gives, whatever becomes of the second."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.bench.account_file import KEYS, SECRET, account

from iam_guardrails.adapters.authorization_details import read_authorization_details
from iam_guardrails.adapters.two_processes import FEW, Twins
from iam_guardrails.model.iam.reach.each import Each, Parts, at_once
from iam_guardrails.model.iam.reach.question import Question
from iam_guardrails.model.iam.reach.ways import Ways
from iam_guardrails.reports.who_can import render_who_can

COUNT = FEW + 1


def each(parts: Parts) -> dict[int, Any]:
    return {number: found for numbers, listed in parts for number, found in zip(numbers, listed, strict=True)}


@pytest.mark.parametrize("count", [COUNT, COUNT + 1])
def test_each_does_half_and_both_know_all(count: int) -> None:
    def squares(numbers: Sequence[int]) -> list[Any]:
        return [(os.getpid(), number * number, str(number)) for number in numbers]

    with Twins(True) as twins:
        found = each(twins.each(squares, count))
        again = each(twins.each(lambda numbers: [found[number][0] for number in numbers], count))
    assert [found[number][1:] for number in range(count)] == [(number**2, str(number)) for number in range(count)]
    assert len({pid for pid, _, _ in found.values()}) == 2
    assert again == {number: pid for number, (pid, _, _) in found.items()}


def _exit(_: Sequence[int]) -> None:
    os._exit(3)


def _raise(_: Sequence[int]) -> None:
    raise ValueError("the copy is broken")


def _strange(_: Sequence[int]) -> object:
    return object()  # which cannot be told


@pytest.mark.parametrize("end", [_exit, _raise, _strange])
@pytest.mark.parametrize("before", [0, 1])
def test_what_a_broken_copy_does_not_do_is_done_here(end: Callable[[Sequence[int]], Any], before: int) -> None:
    here, done = os.getpid(), 0

    def work(numbers: Sequence[int]) -> Any:
        nonlocal done
        done += 1
        if os.getpid() != here and done > before:
            return end(numbers)
        return [-number for number in numbers]

    with Twins(True) as twins:
        for _ in range(before + 2):
            assert each(twins.each(work, COUNT)) == {number: -number for number in range(COUNT)}


def test_what_goes_wrong_here_ends_the_copy_too() -> None:
    here, copies = os.getpid(), list[int]()
    with pytest.raises(ValueError, match="broken"), Twins(True) as twins:
        copies += {*each(twins.each(lambda numbers: [os.getpid() for _ in numbers], COUNT)).values()}
        copies.remove(here)
        twins.each(_raise, COUNT)
    (copy,) = copies
    with pytest.raises(ProcessLookupError):
        os.kill(copy, 0)


def test_there_is_a_second_process_within_the_block_alone() -> None:
    twins = Twins(True)
    pids = lambda numbers: [os.getpid() for _ in numbers]  # noqa: E731 - one line says it
    assert {*each(twins.each(pids, COUNT)).values()} == {os.getpid()}
    with twins:
        assert len({*each(twins.each(pids, COUNT)).values()}) == 2
    assert {*each(twins.each(pids, COUNT)).values()} == {os.getpid()}


def test_what_comes_after_the_parting_is_done_here_alone(tmp_path: Path) -> None:
    told = tmp_path / "told"
    with Twins(True) as twins, told.open("ab", buffering=0) as file:
        (copy,) = {*each(twins.each(lambda numbers: [os.getpid() for _ in numbers], COUNT)).values()} - {os.getpid()}
        twins.part()
        file.write(b"once")
        assert {*each(twins.each(lambda numbers: [os.getpid() for _ in numbers], COUNT)).values()} == {os.getpid()}
    with pytest.raises(ProcessLookupError):
        os.kill(copy, 0)
    assert told.read_text() == "once"


def test_long_work_is_parted_even_where_it_is_little() -> None:
    with Twins(True) as twins:
        assert twins.each(list, 3, is_long=True) == [(range(0, 3, 2), [0, 2]), (range(1, 3, 2), [1])]
        assert twins.each(list, 1, is_long=True) == at_once(list, 1)


def test_little_is_done_here_alone() -> None:
    for twins in (Twins(True), Twins(False)):
        with twins:
            assert twins.each(list, FEW - 1) == at_once(list, FEW - 1)


@pytest.mark.parametrize("indirect", [True, False])
def test_an_account_gives_the_same_answer_in_all_forms(tmp_path: Path, indirect: bool) -> None:
    path = tmp_path / "account.json"
    path.write_text(json.dumps(account(FEW)))
    secrets = tuple(f"{SECRET}:team{number}/app{number}-AbCdEf" for number in range(5))

    def answers(each: Each) -> list[str]:
        ways = Ways(read_authorization_details(str(path), print), Question(
            ("secretsmanager:GetSecretValue", "kms:Decrypt"), (*secrets, KEYS[0])), indirect, each)  # fmt: skip
        ways.work_out()
        return ["".join(render_who_can(ways, form)) for form in ("text", "json", "csv", "markdown")]

    with Twins(True) as twins:
        found = answers(twins.each)
    assert found == answers(at_once)
