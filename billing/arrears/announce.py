"""Who hears that customers fell into arrears: the owner of each, once for all of a report."""

from collections.abc import Sequence
from datetime import datetime

from activity.bulk import notify_selected

# The sole owner, as Customer.is_owned_by has it: the acting manager, else the main account.
_FALLEN = """
    SELECT o.partner_id, o.owner_id AS member_id,
        'customers.in_arrears:' || max(o.id) || ':' || %(at)s::date AS key,
        jsonb_build_object('n', count(*), 'amount', to_char(sum(o.arrears), 'FM999999999990.00'))
            AS params
    FROM (
        SELECT c.id, c.partner_id, c.arrears, coalesce(manager.id, main.id) AS owner_id
        FROM customers_customer c
        LEFT JOIN (
            SELECT m.id FROM org_member m JOIN org_user u ON u.id = m.user_id
            WHERE m.is_active AND u.is_active AND m.roles @> ARRAY['account_manager']::varchar[]
        ) manager ON manager.id = c.account_manager_id
        LEFT JOIN org_member main ON main.partner_id = c.partner_id
            AND main.roles @> ARRAY['partner_admin']::varchar[]
        WHERE c.id = ANY (%(ids)s)
    ) o
    WHERE o.owner_id IS NOT NULL
    GROUP BY o.partner_id, o.owner_id
"""


def tell_fallen(ids: Sequence[int], *, at: datetime) -> int:
    """Tell the owners of these customers, who owed nothing before."""
    if not ids:
        return 0
    return notify_selected(_FALLEN, {"ids": list(ids)}, kind="customers.in_arrears", at=at)
