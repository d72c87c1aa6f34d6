"""Realistic CloudTrail trees, made by a seed, with the truth about what was planted in them.

    history = Wanted(seed=7, events=2_000, days=3, regions=("us-east-1", "us-east-2"))
    truth = write_folder(history, tmp_path)             # plain files, as a copy of a bucket has them
    truth = write_folder(history, tmp_path, Signer())   # with CloudTrail's signed digest files, and their metadata
    truth = write_bucket(history, client, "bucket")     # the same through PutObject
    python -m tests.trail_history --sandbox prod        # into the bucket of prod's trail in the embedded AWS

    truth.planted       security events of our catalogue and everyday ones, each with its record, time and event id
    truth.sessions      break-glass sessions: the entry, and everything done with the key it returned
    truth.pairs         the two records of cross-account calls, which share sharedEventID
    truth.twice         the event ids that were delivered twice
    truth.last_used     (account, role or user ARN, service, action) -> time of the last call
    truth.distinct, truth.written, truth.keys

`changed(history, rarer=1, late=0.2, absent=(("111122223333", 1),))` adds what is seldom (rarer.py), and files that come
late or not at all; without these the tree is as it would be had they never been there.

`files(history, truth)` makes the same tree as (key, content, delivery time) and keeps nothing; `records(folder)` reads
any tree back with the plainest loop there is, as a reference. The same Wanted always makes the same bytes, and a day
does not depend on the other days, so `changed(history, only_days=(29,))` makes just the last of thirty.
"""

from tests.trail_history.digests import Signer, digest_files
from tests.trail_history.making import TrailFile, files
from tests.trail_history.truth import Pair, Planted, Session, Truth
from tests.trail_history.wanted import Wanted
from tests.trail_history.writing import records, write_bucket, write_folder

__all__ = [
    "Pair", "Planted", "Session", "Signer", "TrailFile", "Truth", "Wanted", "digest_files", "files", "records",
    "write_bucket", "write_folder",
]  # fmt: skip
