"""Every call passes here: a missing action becomes an AWS error; the call is recorded and waits for delivery."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from botocore.model import OperationNotFoundError
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

from iam_guardrails.emulator.graft import Action, wrap_action
from iam_guardrails.emulator.identity import Json
from iam_guardrails.emulator.records import owners_copy, record
from iam_guardrails.emulator.state import memory
from iam_guardrails.emulator.trails import LoggingTrail, logging_trails

log = logging.getLogger("iam_guardrails.emulator")


class NotPartOfIt(ServiceException):
    """Nobody wrote this action for the embedded AWS."""

    code = "NotImplemented"


def call_action(self: Any, original: Action) -> Any:
    """Answer, then record. An action that moto lacks is refused with a sentence; SDKs do not retry that.

    The trails are looked up before the call: the call that stops a trail is still in it.
    """
    trails = logging_trails(self.current_account)
    try:
        answer = original()
    except NotImplementedError:  # moto raises it for an action it lacks: the caller is refused, the log names it
        action = self._get_action()
        log.warning("%s:%s is not part of the embedded AWS", self.service_name, action)
        message = f"The embedded AWS does not have {self.service_name}:{action}."
        answer = self.serialized(ActionResult(NotPartOfIt(message)))
    remember(self.service_name, lambda: _record(self, answer), lambda: trails)
    return answer


def _record(response: Any, answer: Any) -> Json | None:
    action = response._get_action()
    if not action or not response.service_name:
        return None
    try:
        return record(response, action, int(answer[0]), answer[2])
    except OperationNotFoundError:
        return None


def remember(
    service: str, made: Callable[[], Json | None], trails: Callable[[], tuple[LoggingTrail, ...]]
) -> None:  # fmt: skip
    """Record an answered call. made: makes its record, None where it has none.  trails: those that deliver it."""
    try:
        event = made()
        if event is None:
            return
        second = owners_copy(event) if event["eventSource"] == "sts.amazonaws.com" else None
        _keep(event["recipientAccountId"], event, trails())
        if second is not None:
            _keep(*second, logging_trails(second[0]))
    except Exception as error:  # a call must not fail because its record could not be written
        log.warning("%s was not recorded: %r", service, error)


def _keep(account_id: str, event: Json, trails: tuple[LoggingTrail, ...]) -> None:
    kept = memory(account_id)
    kept.record(event)
    if event["managementEvent"]:
        kept.wait(event, trails)


def graft() -> None:
    """Install."""
    wrap_action(BaseResponse, call_action)
