"""The Regions of each partition, as the installed botocore knows them.

Source: boto3 reference, Session.get_available_regions. It reads the whole model of the service that is asked for: that
of STS is small, and STS is in every Region that EC2 is in (a test compares them).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache


@cache
def regions_by_partition() -> Mapping[str, tuple[str, ...]]:
    """Partition -> its Regions, sorted. Read once."""
    import botocore.session

    # AWS_PROFILE of this process has no say: it may name a profile that there is none of
    core = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    return {
        name: tuple(sorted(core.get_available_regions("sts", partition_name=name)))
        for name in core.get_available_partitions()
    }
