"""The keys of CloudTrail's files, as AWS's documentation shows them, and keys that are none."""

from __future__ import annotations

import pytest

from iam_guardrails.model.trail.object_keys import TrailKey, parse_key

ACCOUNT = "111122223333"
LOG = f"{ACCOUNT}_CloudTrail_us-east-2_20150817T1445Z_9nYN7gp2eWAJHIfT.json.gz"
DIGEST = f"{ACCOUNT}_CloudTrail-Digest_us-east-2_your-trail-name_us-west-2_20150817T150131Z.json.gz"
LOG_SAYS = TrailKey(
    "CloudTrail", ACCOUNT, "us-east-2", "2015-08-17", "2015-08-17T14:45:00Z", "9nYN7gp2eWAJHIfT", in_place=True
)
DIGEST_SAYS = TrailKey(
    "CloudTrail-Digest", ACCOUNT, "us-east-2", "2015-08-17", "2015-08-17T15:01:31Z", trail_name="your-trail-name",
    home_region="us-west-2", in_place=True,
)  # fmt: skip


def with_(key: TrailKey, **more: object) -> TrailKey:
    return TrailKey(**{**vars(key), **more})


KNOWN = {
    f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-2/2015/08/17/{LOG}": LOG_SAYS,
    f"a/b/AWSLogs/{ACCOUNT}/CloudTrail/us-east-2/2015/08/17/{LOG}": with_(LOG_SAYS, prefix="a/b"),
    f"AWSLogs/o-exampleorg/{ACCOUNT}/CloudTrail/us-east-2/2015/08/17/{LOG}": with_(
        LOG_SAYS, organization_id="o-exampleorg"
    ),
    f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/us-east-2/2015/08/17/{DIGEST}": DIGEST_SAYS,
    f"p/AWSLogs/o-exampleorg/{ACCOUNT}/CloudTrail-Digest/us-east-2/2015/08/17/{DIGEST}": with_(
        DIGEST_SAYS, prefix="p", organization_id="o-exampleorg"
    ),
    f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/us-east-2/2015/08/17/{DIGEST.replace('.json', '_backfill.json')}": with_(
        DIGEST_SAYS, backfill=True
    ),
    f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/us-east-2/2015/08/17/{DIGEST.replace('your-trail-name', 'a_eu-west-1_.b')}": (
        with_(DIGEST_SAYS, trail_name="a_eu-west-1_.b")
    ),
    # as they stand in a folder that begins lower, in the wrong place, or unpacked
    LOG: with_(LOG_SAYS, in_place=False),
    f"CloudTrail-Digest/us-east-2/2015/08/17/{DIGEST}": with_(DIGEST_SAYS, in_place=False),
    f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-2/2015/08/18/{LOG}": with_(LOG_SAYS, in_place=False),
    f"AWSLogs/444455556666/CloudTrail/us-east-2/2015/08/17/{LOG}": with_(LOG_SAYS, in_place=False),
    LOG.removesuffix(".gz"): with_(LOG_SAYS, in_place=False),
}


@pytest.mark.parametrize(("key", "said"), KNOWN.items(), ids=KNOWN)
def test_a_key_of_cloudtrail(key: str, said: TrailKey) -> None:
    assert parse_key(key) == said


@pytest.mark.parametrize("kind", ["CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"])
def test_other_kinds(kind: str) -> None:
    key = (
        f"AWSLogs/{ACCOUNT}/{kind}/us-gov-west-1/2015/08/17/{ACCOUNT}_{kind}_us-gov-west-1_20150817T1445Z_9nYN.json.gz"
    )
    found = parse_key(key)
    assert found == TrailKey(
        kind, ACCOUNT, "us-gov-west-1", "2015-08-17", "2015-08-17T14:45:00Z", "9nYN", in_place=True
    )


FOREIGN = (
    "", "AWSLogs/", f"AWSLogs/{ACCOUNT}/CloudTrail/", f"AWSLogs/{ACCOUNT}/Config/us-east-2/2015/8/17/x.json.gz",
    f"AWSLogs/{ACCOUNT}/vpcflowlogs/us-east-2/2015/08/17/{ACCOUNT}_vpcflowlogs_us-east-2_fl-1_20150817T1445Z_a.log.gz",
    LOG + ".tmp", LOG + "/", "1" + LOG, LOG.replace("us-east-2", "useast2"), LOG.replace("T1445Z", "T14Z"),
    f"{ACCOUNT}_CloudTrail-Digest_us-east-2_20150817T1445Z_9nYN.json.gz", LOG + "\n",
    LOG.replace("20150817", "20151317"), LOG.replace("20150817", "20150832"),
    LOG.replace("20150817", "20150230"), LOG.replace("20150817", "99990817"), LOG.replace("1445", "2460"),
    LOG.replace("1111", "\uff11" * 4),
)  # fmt: skip


@pytest.mark.parametrize("key", FOREIGN)
def test_a_foreign_key(key: str) -> None:
    assert parse_key(key) is None
