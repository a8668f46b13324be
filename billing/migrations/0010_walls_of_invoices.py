"""Walls around bills and invoices, and what the database holds of them beyond one row.

An invoice is over the whole of its obligation and by its issuer; what a partner is billed for
stands on a bill of its own. A customer's change of type is noted whoever makes it.
"""

from django.db import migrations

from core.tenancy import SameTenant, TenantTable, Updates, VendorTable

_REFERENCES = """
ALTER TABLE billing_billedcharge ADD CONSTRAINT billing_billedcharge_on_a_bill
    FOREIGN KEY (payer_id, bill_month) REFERENCES billing_partnerbill (partner_id, month);
ALTER TABLE billing_invoice ADD CONSTRAINT billing_invoice_over_the_whole
    FOREIGN KEY (obligation_id, direction, amount)
    REFERENCES billing_obligation (id, direction, amount);
ALTER TABLE billing_invoice ADD CONSTRAINT billing_invoice_by_its_issuer
    FOREIGN KEY (obligation_id, issuer_id) REFERENCES billing_obligation (id, issuer_id);
"""
_NO_REFERENCES = """
ALTER TABLE billing_billedcharge DROP CONSTRAINT billing_billedcharge_on_a_bill;
ALTER TABLE billing_invoice DROP CONSTRAINT billing_invoice_over_the_whole;
ALTER TABLE billing_invoice DROP CONSTRAINT billing_invoice_by_its_issuer;
"""
_NOTE = """
CREATE FUNCTION billing_note_type_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO billing_typechange (partner_id, customer_id, before, changed_at)
    VALUES (OLD.partner_id, OLD.id, OLD.association_type, now());
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION billing_note_type_change() FROM PUBLIC;
CREATE TRIGGER billing_note_type_change
    AFTER UPDATE OF association_type ON customers_customer FOR EACH ROW
    WHEN (OLD.association_type IS DISTINCT FROM NEW.association_type)
    EXECUTE FUNCTION billing_note_type_change();
"""
_FORGET = """
DROP TRIGGER billing_note_type_change ON customers_customer;
DROP FUNCTION billing_note_type_change();
"""
_ISSUER = "issuer_id = %(own)s"
_RESELLER = "reseller_id = %(own)s"


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_bills_and_invoices")]
    operations = [
        VendorTable("BillRun", reads=True),
        TenantTable("PartnerBill", writes=(), private=True),
        TenantTable("BilledCharge", writes=(), or_reads="payer_id = %(own)s"),
        TenantTable("TypeChange", writes=()),
        TenantTable("Obligation", writes=(), or_reads=_ISSUER),
        TenantTable("InvoiceTitle", writes=("insert", "update"), private=True),
        TenantTable("Invoice", writes=("insert", "update"), or_reads=_ISSUER, or_writes=_ISSUER),
        TenantTable("Contract", writes=(), private=True),
        TenantTable(
            "Settlement",
            writes=("insert", "update"),
            private=True,
            or_reads=_RESELLER,
            or_writes=_RESELLER,
        ),
        Updates("InvoiceTitle", "retired_at"),
        Updates(
            "Invoice",
            *("state", "state_at", "title_id", "medium", "kind", "mailbox", "address"),
            *("asked_by_id", "return_reason"),
        ),
        Updates("Settlement", "state", "answerer_id", "answered_at", "objection"),
        SameTenant("BilledCharge", "customer_id", "customers_customer"),
        SameTenant("TypeChange", "customer_id", "customers_customer"),
        SameTenant("Obligation", "customer_id", "customers_customer"),
        SameTenant("InvoiceTitle", "set_by_id", "org_member"),
        SameTenant("Invoice", "obligation_id", "billing_obligation"),
        SameTenant("Invoice", "title_id", "billing_invoicetitle"),
        SameTenant("Invoice", "asked_by_id", "org_member"),
        migrations.RunSQL(_REFERENCES, _NO_REFERENCES),
        migrations.RunSQL(_NOTE, _FORGET),
    ]
