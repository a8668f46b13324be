"""How the business says no. Each carries a Chinese sentence for the person who asked."""

from .access import Decision


class Refused(Exception):
    """The rules do not allow this. Shown as a sentence with status 409."""


class InvalidTransition(Refused):
    """The row is not in a state that allows this step: somebody was there before."""


class Vanished(Refused):
    """The row is out of sight since the page was made; there is no page of it to go back to."""


class NotAllowed(Refused):
    """This person may not do it; carries the Decision. Shown with status 403."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(str(decision))
        self.decision = decision
