"""Every call passes here: a missing action becomes an AWS error; the call is recorded and waits for delivery."""

from __future__ import annotations

import logging
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
    except NotImplementedError:
        action = self._get_action()
        log.warning("%s:%s is not part of the embedded AWS", self.service_name, action)
        message = f"The embedded AWS does not have {self.service_name}:{action}."
        answer = self.serialized(ActionResult(NotPartOfIt(message)))
    _remember(self, answer, trails)
    return answer


def _remember(response: Any, answer: Any, trails: tuple[LoggingTrail, ...]) -> None:
    try:
        action = response._get_action()
        if not action or not response.service_name:
            return
        event = record(response, action, int(answer[0]), answer[2])
        second = owners_copy(event)
        _keep(response.current_account, event, trails)
        if second is not None:
            _keep(*second, logging_trails(second[0]))
    except OperationNotFoundError:
        return
    except Exception as error:  # a call must not fail because its record could not be written
        log.warning("%s was not recorded: %r", response.service_name, error)


def _keep(account_id: str, event: Json, trails: tuple[LoggingTrail, ...]) -> None:
    kept = memory(account_id)
    kept.record(event)
    if event["managementEvent"]:
        kept.wait(event, trails)


def graft() -> None:
    """Install."""
    wrap_action(BaseResponse, call_action)
