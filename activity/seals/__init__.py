"""The log can be shown to be whole (docs/decisions/0013-a-log-that-proves-itself.md).

Committed lines are sealed in blocks, a chain for each partner and one for the vendor's own.
`seal_lines` adds blocks, `verify` proves them, `forget_old_lines` takes away what is too old.
"""

from .retention import forget_old_lines
from .sealing import seal_lines
from .state import State, state
from .verifying import Verified, heads, missing_heads, read_heads, record_verification, verify

__all__ = [
    "State",
    "Verified",
    "forget_old_lines",
    "heads",
    "missing_heads",
    "read_heads",
    "record_verification",
    "seal_lines",
    "state",
    "verify",
]
