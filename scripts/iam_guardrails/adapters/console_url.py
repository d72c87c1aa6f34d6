"""A sign-in URL for the console from a session's credentials.

Source: AWS IAM User Guide, id_roles_providers_enable-console-custom-url: getSigninToken takes the credentials and, for
an IAM user's own AssumeRole only, SessionDuration (900 s to less than the role's longest session); the call fails with
it for credentials that came from another session. The URL is good for 15 minutes. Sent in a POST's body: an address
ends up in logs.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable

from iam_guardrails.model.incident.entry import LEAST_SECONDS, Keys
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.regions import console_domain

LONGEST_SECONDS = 3599
Post = Callable[[str, bytes], bytes]


def console_url(keys: Keys, region: str, partition: str, seconds: int, chained: bool, post: Post) -> str:
    """The URL to open once. seconds: how long the session may last.  chained: whether the credentials came from a
    session. post: URL and form to answer; raises Problem."""
    domain = console_domain(partition)
    endpoint = f"https://signin.{domain}/federation"
    told = {"sessionId": keys.access_key_id, "sessionKey": keys.secret_access_key, "sessionToken": keys.session_token}
    form = {"Action": "getSigninToken", "Session": json.dumps(told)}
    if not chained and seconds >= LEAST_SECONDS:
        form["SessionDuration"] = str(min(seconds, LONGEST_SECONDS))
    answer = post(endpoint, urllib.parse.urlencode(form).encode())
    try:
        token = str(json.loads(answer)["SigninToken"])
    except (ValueError, KeyError, TypeError):
        raise Problem(f"{endpoint} answered without a sign-in token; enter without --console") from None
    login = {"Action": "login", "Issuer": "guardrails", "SigninToken": token,
             "Destination": f"https://{region}.console.{domain}/"}  # fmt: skip
    return f"{endpoint}?{urllib.parse.urlencode(login)}"


def post(url: str, form: bytes) -> bytes:
    """Send a form. Raises Problem, which holds nothing of it."""
    request = urllib.request.Request(url, data=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: bytes = answer.read(1_000_000)
            return found
    except urllib.error.HTTPError as error:
        raise Problem(f"{url} refused to make a sign-in token (HTTP {error.code}); enter without --console") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        raise Problem(f"{url} does not answer ({type(why).__name__}); enter without --console") from None
