from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from org.models import Member, Partner

from . import rules


class LabelQuerySet(models.QuerySet["Label"]):
    def visible_to(self, member: Member) -> "LabelQuerySet":
        """The partner's labels that were not deleted, by name."""
        return self.filter(partner_id=member.partner_id).live().order_by("name")

    def live(self) -> "LabelQuerySet":
        return self.filter(deleted_at__isnull=True)

    def marking(self, customer_id: int) -> "LabelQuerySet":
        """Each with `is_on`: whether the customer has it."""
        on = Labelling.objects.filter(label=OuterRef("pk"), customer=customer_id)
        return self.annotate(is_on=Exists(on))


class Label(models.Model):
    """客户标签: a word of the partner's own for its customers.

    A deleted one stays as a row, so that deleting costs the same on a million customers as on
    none; no page shows it.
    """

    class Colour(models.TextChoices):
        GREY = "grey", _("灰色")
        BLUE = "blue", _("蓝色")
        GREEN = "green", _("绿色")
        AMBER = "amber", _("橙色")
        RED = "red", _("红色")
        PURPLE = "purple", _("紫色")

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("标签名称"), max_length=rules.NAME_LONGEST)
    colour = models.CharField(_("颜色"), max_length=10, choices=Colour, default=Colour.GREY)
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("创建时间"))
    deleted_at = models.DateTimeField(_("删除时间"), null=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户标签")
        verbose_name_plural = pgettext_lazy("复数", "客户标签")
        constraints = [
            models.UniqueConstraint(
                name="customers_label_name_is_unique",
                fields=["partner", "name"],
                condition=Q(deleted_at__isnull=True),
            ),
            models.CheckConstraint(
                name="customers_label_colour_is_known",
                condition=Q(colour__in=["grey", "blue", "green", "amber", "red", "purple"]),
            ),
            models.CheckConstraint(name="customers_label_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class LabellingQuerySet(models.QuerySet["Labelling"]):
    def visible_to(self, member: Member) -> "LabellingQuerySet":
        return self.filter(partner_id=member.partner_id)

    def live(self) -> "LabellingQuerySet":
        return self.filter(label__deleted_at__isnull=True)


class Labelling(models.Model):
    """客户标签关系: one label on one customer.

    `position` keeps their order, and their number within five.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="labellings", db_index=False
    )
    label = models.ForeignKey(
        Label, on_delete=models.PROTECT, related_name="labellings", db_index=False
    )
    position = models.PositiveSmallIntegerField()

    objects = LabellingQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户标签关系")
        verbose_name_plural = pgettext_lazy("复数", "客户标签关系")
        constraints = [
            # The first serves a list's cells, the second its filter.
            models.UniqueConstraint(
                name="customers_labelling_in_order", fields=["customer", "position"]
            ),
            models.UniqueConstraint(name="customers_labelling_once", fields=["label", "customer"]),
            models.CheckConstraint(
                name="customers_labelling_five_at_most",
                condition=Q(position__gte=1, position__lte=rules.LABELS_OF_CUSTOMER),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.label_id}"


def labels_of_outer_customer() -> ArraySubquery:
    """The labels of a row of customers, as `{"name", "colour"}`: for the statement that reads it.

    A list asks for its fifty customers' labels in passing; a further statement would be one more
    than its page may have.
    """
    on = Labelling.objects.live().filter(customer=OuterRef("pk")).order_by("position")
    return ArraySubquery(on.values(shown=JSONObject(name="label__name", colour="label__colour")))


def labelled(rows: models.QuerySet, text: str) -> models.QuerySet:
    """Customers with a label whose name holds the text; upper and lower case differ [S30]."""
    named = Label.objects.live().filter(name__contains=text)
    return rows.filter(pk__in=Labelling.objects.filter(label__in=named).values("customer"))


class Remark(models.Model):
    """客户备注: what the partner noted of the customer. None: no row."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.PROTECT, related_name="remark"
    )
    text = models.CharField(_("备注"), max_length=rules.REMARK_LONGEST)
    written_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("填写时间"))

    class Meta:
        verbose_name = _("客户备注")
        verbose_name_plural = pgettext_lazy("复数", "客户备注")
        constraints = [
            models.CheckConstraint(name="customers_remark_says_something", condition=~Q(text=""))
        ]

    def __str__(self) -> str:
        return str(self.customer_id)
