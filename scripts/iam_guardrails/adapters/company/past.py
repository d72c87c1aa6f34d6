"""A past for people and roles of the embedded AWS: without it everything there would be new."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.problem import Problem

PATH = "/guardrails-past"


def give_past(environ: Mapping[str, str], content: Mapping[str, Any]) -> None:
    """Tell the server behind $AWS_ENDPOINT_URL. content: as emulator.past.put takes it. Raises Problem."""
    endpoint = environ.get("AWS_ENDPOINT_URL", "")
    if not endpoint.startswith("http://127.0.0.1:"):
        raise Problem("only the embedded AWS can be given a past; start it with: guardrails sandbox up")
    asked = urllib.request.Request(f"{endpoint}{PATH}", json.dumps(content).encode(), method="POST")
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=30) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        said = error.read().decode("utf-8", "replace")[:300]
        raise Problem(
            f"the embedded AWS takes no past ({error.code}): {said}; start it anew: guardrails sandbox up"
        ) from None
    except OSError as error:
        raise Problem(
            f"the embedded AWS at {endpoint} does not answer ({error}); start it: guardrails sandbox up"
        ) from None
