"""A request may be an order for something new, or the end of an order."""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.models import Q

from core.tenancy import SameTenant

_ONE_CANCEL = models.UniqueConstraint(
    name="billing_resourcerequest_one_cancel",
    fields=["order"],
    condition=Q(kind="cancel", state__in=["waiting", "running"]),
    violation_error_message="该订单正在取消",
)
_ONCE = models.UniqueConstraint(
    name="billing_resourcerequest_once",
    fields=["partner", "token"],
    condition=Q(token__isnull=False),
)
_SUBJECT = models.CheckConstraint(
    name="billing_resourcerequest_subject",
    condition=Q(kind="order", resource__isnull=True, token__isnull=False)
    | Q(kind="cancel", resource__isnull=True, order__isnull=False)
    | Q(
        kind__in=["start", "stop", "renew", "release"],
        resource__isnull=False,
        order__isnull=True,
    ),
)


def _unique(constraint, columns, condition):
    """Django makes the index while nobody may write."""
    return migrations.SeparateDatabaseAndState(
        [
            migrations.RunSQL(
                f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {constraint.name}"
                f" ON billing_resourcerequest ({columns}) WHERE {condition}",
                f"DROP INDEX IF EXISTS {constraint.name}",
            )
        ],
        [migrations.AddConstraint("resourcerequest", constraint)],
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("billing", "0019_walls_of_budgets"),
        ("customers", "0022_cancelled_orders"),
    ]
    operations = [
        migrations.AlterField(
            "resourcerequest",
            "resource",
            models.ForeignKey(
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="requests",
                to="billing.resource",
                verbose_name="资源",
            ),
        ),
        migrations.AlterField(
            "resourcerequest",
            "kind",
            models.CharField(
                choices=[
                    ("start", "启动"),
                    ("stop", "停止"),
                    ("renew", "续费"),
                    ("release", "释放"),
                    ("order", "下单"),
                    ("cancel", "取消订单"),
                ],
                max_length=10,
                verbose_name="操作",
            ),
        ),
        migrations.AddField(
            "resourcerequest",
            "order",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="requests",
                to="billing.order",
                verbose_name="订单",
            ),
        ),
        migrations.AddField("resourcerequest", "token", models.UUIDField(editable=False, null=True)),
        SameTenant("ResourceRequest", "order_id", "billing_order"),
        AddConstraintNotValid("resourcerequest", _SUBJECT),
        ValidateConstraint("resourcerequest", "billing_resourcerequest_subject"),
        _unique(_ONE_CANCEL, "order_id", "kind = 'cancel' AND state IN ('waiting', 'running')"),
        _unique(_ONCE, "partner_id, token", "token IS NOT NULL"),
        AddIndexConcurrently(
            "resourcerequest",
            models.Index(
                fields=["partner", "-asked_at", "-id"],
                name="billing_request_orders_idx",
                condition=Q(kind="order"),
            ),
        ),
    ]
