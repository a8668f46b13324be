"""Table of 线上合同."""

from typing import Self

from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.bills.models import fen
from org.models import Member, Partner


def _sha256(field: str) -> Func:
    return Func(F(field), function="sha256", output_field=models.BinaryField())


def _hexadecimal(digest: Func) -> Func:
    return Func(digest, Value("hex"), function="encode", output_field=models.CharField())


class PaymentAgreementQuerySet(models.QuerySet["PaymentAgreement"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(partner_id=member.partner_id)


class PaymentAgreement(models.Model):
    """付款协议: what a partner promises to pay, made by itself and complete at once.

    Nobody approves it and nothing of it changes: the paper is kept as it was downloaded first,
    and the database holds that its checksum is its own.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    # A form that is sent twice makes one agreement.
    token = models.UUIDField()
    number = models.CharField(_("合同编码"), max_length=40, unique=True)
    payer = models.CharField(_("付款方"), max_length=100)  # the partner's name, as of then
    amount = fen(_("付款金额（元）"))
    pays_on = models.DateField(_("承诺付款时间"))
    purpose = models.CharField(_("款项用途"), max_length=100)
    version = models.CharField(_("模板版本"), max_length=10)
    made_at = models.DateTimeField(_("申请时间"))
    made_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("申请人")
    )
    document = models.BinaryField()
    checksum = models.CharField(_("文件校验值（SHA-256）"), max_length=64)

    objects = PaymentAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("线上合同")
        verbose_name_plural = pgettext_lazy("复数", "线上合同")
        constraints = [
            models.UniqueConstraint(
                name="billing_paymentagreement_asked_once", fields=["partner", "token"]
            ),
            models.CheckConstraint(
                name="billing_paymentagreement_amount_positive", condition=Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="billing_paymentagreement_checksum_is_its_own",
                condition=Q(checksum=_hexadecimal(_sha256("document"))),
            ),
            models.CheckConstraint(
                name="billing_paymentagreement_has_a_purpose", condition=~Q(purpose="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "-made_at", "-id"], name="billing_payagreement_ours_idx"
            ),
        ]

    def __str__(self) -> str:
        return self.number
