"""Pure rules of 发票管理 (sales_pipeline.md §6.1, §6.4)."""

from datetime import date, timedelta

from core.clock import next_month

# step → (states in which it may be taken, the state that it leads to). A paper invoice that is
# issued waits to be signed for. What is in no step's sources is over.
STEPS: dict[str, tuple[frozenset[str], str]] = {
    "submit": (frozenset({"draft", "withdrawn"}), "reviewing"),
    "accept": (frozenset({"reviewing"}), "issuing"),
    "reject": (frozenset({"reviewing", "issuing"}), "draft"),
    "withdraw": (frozenset({"draft", "reviewing"}), "withdrawn"),
    "ask_withdrawal": (frozenset({"issuing", "issuing_kept"}), "withdrawing"),
    "grant_withdrawal": (frozenset({"withdrawing"}), "withdrawn"),
    "refuse_withdrawal": (frozenset({"withdrawing"}), "issuing_kept"),
    "issue": (frozenset({"issuing", "issuing_kept"}), "issued"),
    "sign": (frozenset({"to_sign"}), "issued"),
    "ask_return": (frozenset({"issued", "issued_kept"}), "returning"),
    "accept_return": (frozenset({"returning"}), "returned"),
    "refuse_return": (frozenset({"returning"}), "issued_kept"),
    "return": (frozenset({"issued"}), "returned"),  # of the partner's own
}
OPEN_AFTER = 3  # the day of the next month after which last month can be invoiced


def may(step: str, state: str) -> bool:
    return state in STEPS[step][0]


def opens_on(month: date) -> date:
    """The first day on which invoices of a month can be asked for: after the 3rd."""
    return next_month(month) + timedelta(days=OPEN_AFTER)
