"""Stored CloudTrail files are complete and unchanged, or each that is not is named."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from tests.journeys.trail_evidence import (
    ADDED,
    BEGIN,
    DIGESTS,
    END,
    EVERY,
    LOG,
    LOGS,
    OTHER_LOG,
    TAMPERED,
    WANTED,
    add_log,
    alter_log,
    content,
    digest_of,
    flipped,
    found,
    judged,
    reference,
    remove_log,
    rename_log,
    swap_logs,
    unpacked,
)
from tests.trail_history.kept import Kept
from tests.trail_history.making import pack

from iam_guardrails.model.trail.integrity import Window
from iam_guardrails.model.value import changed


def test_a_sound_tree() -> None:
    result = judged(Kept(EVERY))
    assert result.exit_code == 0
    for chain, region in zip(result.chains, WANTED.regions, strict=True):
        assert (chain.chain.account_id, chain.chain.region, chain.chain.trail_name) == (
            "111122223333",
            region,
            "prod-trail",
        )
        assert chain.complete == (Window(BEGIN, END),)
        assert (chain.digests.valid, chain.logs.valid) == (25, len([file for file in LOGS if file.region == region]))
        assert chain.digests == changed(chain.digests, invalid=0, missing=0, not_judged=0)
        assert chain.logs == changed(chain.logs, invalid=0, missing=0, not_judged=0)
        assert (chain.findings, chain.not_judged) == ((), ())
        assert chain.buckets == ("prod-trail-logs",)
        assert chain.notes == (f"a chain of digest files begins at {BEGIN}",)


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_tampering_is_named_exactly(tamper: Callable[[Kept], None]) -> None:
    store = Kept(EVERY)
    tamper(store)
    result = judged(store)
    told = [(item.kind, item.file) for item in result.chains[0].findings]
    assert sorted(told) == sorted(TAMPERED[tamper])
    assert result.exit_code == 1
    assert not result.chains[1].findings
    assert result.chains[1].complete == (Window(BEGIN, END),)


@pytest.mark.parametrize("tamper", [alter_log, remove_log, add_log])
def test_the_hour_of_a_bad_log_file_is_not_complete(tamper: Callable[[Kept], None]) -> None:
    store = Kept(EVERY)
    tamper(store)
    said = content(digest_of(LOG))
    assert judged(store).chains[0].complete == (
        Window(BEGIN, said["digestStartTime"]), Window(said["digestEndTime"], END),
    )  # fmt: skip


def test_reasons_say_where_the_content_is() -> None:
    store = Kept(EVERY)
    swap_logs(store)
    rename_log(store)
    reasons = [told.reason for told in judged(store).chains[0].findings]
    assert f"it is {OTHER_LOG.key}, not where it was delivered" in reasons or any(LOG.key in one for one in reasons)
    store = Kept(EVERY)
    rename_log(store)
    reasons = {told.file: told.reason for told in judged(store).chains[0].findings}
    assert reasons[LOG.key] == f"a digest file names it, but it is not here, and its content is in {ADDED}"
    assert reasons[ADDED] == f"it is {LOG.key}, not where it was delivered"


@settings(max_examples=150, deadline=None)
@given(some.data())
def test_every_change_is_found(data: some.DataObject) -> None:
    """Whatever one to three files become: unless all unpacked contents stay, it does not go unnoticed."""
    store = Kept(EVERY)
    for _ in range(data.draw(some.integers(1, 3))):
        change(store, data)
    before, after = Kept(EVERY).content, store.content
    same = before.keys() == after.keys() and all(unpacked(after[key]) == unpacked(before[key]) for key in before)
    assert same is (judged(store).exit_code == 0)


def change(store: Kept, data: some.DataObject) -> None:
    key = data.draw(some.sampled_from(sorted(store.content)))
    packed = store.content[key]
    how = data.draw(some.sampled_from(["byte", "cut", "remove", "other", "rename"]))
    if how == "byte" and packed:
        at = data.draw(some.integers(0, len(packed) - 1))
        store.content[key] = packed[:at] + bytes([packed[at] ^ data.draw(some.integers(1, 255))]) + packed[at + 1 :]
    elif how == "cut" and packed:
        store.content[key] = packed[: data.draw(some.integers(0, len(packed) - 1))]
    elif how == "other":
        store.content[key] = store.content[data.draw(some.sampled_from(sorted(set(store.content) - {key})))]
    else:
        store.content.pop(key)
        if how == "rename":
            names = ["x.gz", "copy/" + key, key.replace("2026/01/1", "2026/02/1")]
            store.content[data.draw(some.sampled_from(names))] = packed


@settings(max_examples=40, deadline=None)
@given(some.sets(some.sampled_from([log.key for log in LOGS]), max_size=4), some.sampled_from(["alter", "remove"]))
def test_log_files_are_judged_as_the_documented_steps_do(bad: set[str], how: str) -> None:
    store = Kept(EVERY)
    for key in bad:
        if how == "alter":
            store.content[key] = flipped(store.content[key])
        else:
            del store.content[key]
    digests, logs = reference(store)
    assert {file for _kind, file in found(store)} == {log.key for log in LOGS} - logs == bad
    assert digests == {file.key for file in DIGESTS}


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_nothing_is_found_in_what_is_valid_by_the_documented_steps(tamper: Callable[[Kept], None]) -> None:
    """The steps end at the first bad digest, so the files that they never reach are not compared."""
    store = Kept(EVERY)
    tamper(store)
    digests, logs = reference(store)
    assert not (digests | logs) & {file for _kind, file in found(store)}


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_where_reading_is_waiting_the_same_is_found(tamper: Callable[[Kept], None]) -> None:
    class Distant(Kept):
        reads_at_once = 4

    near, far = Kept(EVERY), Distant(EVERY)
    assert judged(near) == judged(far)
    tamper(near)
    tamper(far)
    assert judged(near) == judged(far)


def test_where_reading_is_waiting_digests_and_log_files_are_read_several_at_once() -> None:
    """Whatever is read has to be read together with something else, but for the first ones, which connect."""
    added = {f"{LOG.key[:-24]}{letter * 16}.json.gz": pack(b"{}", 6) for letter in "ABC"}
    digests, logs, more = (threading.Barrier(2) for _ in range(3))
    met = {id(one): 0 for one in (digests, logs, more)}

    class Distant(Kept):
        reads_at_once = 2

        def read(self, key: str) -> bytes:
            own = more if key in added else digests if "Digest" in key else logs
            met[id(own)] += 1
            if met[id(own)] in (2, 3):
                own.wait(timeout=20)
            return super().read(key)

    store = Distant(EVERY)
    store.content |= added
    result = judged(store)
    assert sorted(told.file for told in result.chains[0].findings) == sorted(added)
    assert min(met.values()) >= 3
