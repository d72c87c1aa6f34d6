"""Readings in threads: what they bring, what they raise, and that nobody waits for one that is not wanted any more."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from iam_guardrails.adapters.aws.partitions import regions_by_partition
from iam_guardrails.adapters.side_by_side import Ended, begun, side_by_side


def counted(key: str) -> Iterator[int]:
    yield from range(int(key))
    if key == "3":
        raise ValueError(key)


def test_every_result_comes_in_the_order_of_its_reading_and_every_reading_ends_once() -> None:
    found = list(side_by_side(["3", "100", "0"], counted, 2))
    for key in ("3", "100", "0"):
        mine = [value for of, value in found if of == key]
        assert mine[:-1] == list(range(int(key)))
        assert isinstance(mine[-1], Ended)
        assert isinstance(mine[-1].error, ValueError) is (key == "3")


def test_a_reading_that_was_begun_gives_what_it_gave_or_raises() -> None:
    assert begun(lambda: 5)() == 5
    assert begun(lambda: None)() is None
    with pytest.raises(ZeroDivisionError):
        begun(lambda: 1 / 0)()


def test_a_reading_that_nobody_waits_for_holds_up_no_end() -> None:
    program = "import time; from iam_guardrails.adapters.side_by_side import begun; begun(lambda: time.sleep(60))"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


def test_sts_is_in_every_region_that_ec2_is_in() -> None:
    import botocore.session

    core = botocore.session.get_session()
    ec2 = {name: tuple(sorted(core.get_available_regions("ec2", partition_name=name)))
           for name in core.get_available_partitions()}  # fmt: skip
    assert regions_by_partition() == ec2


def test_regions_are_known_whatever_profile_the_process_names() -> None:
    program = "from iam_guardrails.adapters.aws.partitions import regions_by_partition as r; print(r()['aws'][0])"
    environ = os.environ | {"AWS_PROFILE": "there-is-none"}
    ran = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert ran.stdout == "af-south-1\n"
