"""One act in a process of its own; prints what it returns as one line of JSON.

python -m benchmarks.inside ACT '{"argument": …}'
"""

import json
import sys

import django

django.setup()

from . import exporting, generating, importing, issuing, moving, racing, reading, world  # noqa: E402

ACTS = (
    *(world.raise_alerts, world.add_history, world.actors),
    *(reading.statements, reading.row_security),
    generating.generate_rounds,
    *(moving.open_accounts_of_bench, moving.move_money, moving.prove_ledger),
    *(issuing.grant_quotas_of_bench, issuing.issue_coupons_of_bench, issuing.issue_by_file),
    racing.race_coupons,
    *(importing.write_customers, importing.import_customers),
    *(exporting.export_csv, exporting.export_xlsx, exporting.rows_of_xlsx),
)


def main() -> None:
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    act = next(act for act in ACTS if act.__name__ == name)
    print(json.dumps(act(**arguments)))


if __name__ == "__main__":
    main()
