from .alerts import (
    SNOOZED,
    WAITING,
    Alert,
    AlertHandling,
    AlertQuerySet,
    Attachment,
)
from .generation import (
    AlertClass,
    GenerationRun,
    GenerationRunQuerySet,
    Rule,
    RuleQuerySet,
    Scenario,
)

__all__ = [
    "SNOOZED",
    "WAITING",
    "Alert",
    "AlertClass",
    "AlertHandling",
    "AlertQuerySet",
    "Attachment",
    "GenerationRun",
    "GenerationRunQuerySet",
    "Rule",
    "RuleQuerySet",
    "Scenario",
]
