"""Who can have a service ask IAM in its name: whoever may have it make a stack, or the like, somewhere."""

from __future__ import annotations

from iam_guardrails.model.iam.escalation.anywhere import Anywhere
from iam_guardrails.model.iam.escalation.choices import FORWARDING
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import Method, Need


class Forwarding:
    """Asks for the actions by which a service acts in its caller's name, as for steps that gain nothing."""

    def __init__(self, ground: Ground, anywhere: Anywhere) -> None:
        self._ground, self._anywhere = ground, anywhere
        self._methods = {
            ground.actions.bit[action]: Method(action, "", "", "account", "", (Need(action, on),), "", "")
            for action, on in FORWARDING.items()
        }

    def told(self, guise: Guise) -> Guise:
        """The guise, with what it may have done in its name as all policies have it, those above the account too."""
        if guise.forwards:
            granted = guise.granted
            guise.forwards = any(
                self._anywhere.come_to(guise, method)[0] is not False
                for bit, method in self._methods.items() if bit & granted
            )  # fmt: skip
        return guise
