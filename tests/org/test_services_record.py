"""Every act on the organisation leaves exactly one line, and a refused one leaves none."""

import pytest

from activity import verbs
from activity.models import Activity
from core.refusals import Refused
from org import services
from org.models import Role
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def _role(cast):
    return Role.objects.create(
        partner=cast.reseller, code="custom-1", name="质检", permissions=["activity.view"]
    )


ACTS = {
    "partner.created": lambda c, by: services.create_partner(
        name="新伙伴", kind="distributor", **by
    ),
    "partner.changed": lambda c, by: services.change_partner(
        c.stranger, name="新名", kind="distributor", **by
    ),
    "partner.suspended": lambda c, by: services.suspend_partner(c.stranger, **by),
    "partner.resumed": lambda c, by: services.resume_partner(
        factories.make_partner(is_active=False), **by
    ),
    "partner.restricted": lambda c, by: services.set_standing(
        factories.make_partner(sales_model="postpaid"), "restricted", reason="欠款", **by
    ),
    "user.created": lambda c, by: services.create_user(name="李", email="li@x.cn", **by),
    "vendor_user.created": lambda c, by: services.create_vendor_user(
        name="李", role="reviewer", email="li@x.cn", **by
    ),
    "user.contact_changed": lambda c, by: services.change_contact(
        c.jing.user, email="li@x.cn", **by
    ),
    "user.revealed": lambda c, by: services.reveal_contact(c.jing.user, **by),
    "user.password_given": lambda c, by: services.give_temporary_password(c.jing.user, **by),
    "user.second_factor_reset": lambda c, by: services.reset_second_factor(c.jing.user, **by),
    "user.deactivated": lambda c, by: services.deactivate_user(c.jing.user, **by),
    "user.reactivated": lambda c, by: services.reactivate_user(
        factories.make_user(is_active=False), **by
    ),
    "member.created": lambda c, by: services.create_member(
        c.reseller, factories.make_user(), roles=["finance"], **by
    ),
    "member.roles_changed": lambda c, by: services.change_roles(
        c.cai, roles=["account_manager"], **by
    ),
    "member.director_changed": lambda c, by: services.set_director(c.other, c.zhuguan, **by),
    "member.deactivated": lambda c, by: services.deactivate_member(c.jing, **by),
    "member.activated": lambda c, by: services.activate_member(
        factories.make_member(partner=c.reseller, is_active=False), **by
    ),
    "member.main_account_transferred": lambda c, by: services.transfer_main_account(c.cai, **by),
    "role.created": lambda c, by: services.create_role(
        c.reseller, name="质检", permissions=["customers.view"], **by
    ),
    "role.changed": lambda c, by: services.change_role(
        _role(c), name="新名", permissions=["customers.view"], **by
    ),
    "role.deleted": lambda c, by: services.delete_role(_role(c), **by),
}
REFUSED = {
    "a reseller without distributor": lambda c, by: services.create_partner(
        name="新伙伴", kind="reseller", **by
    ),
    "a second main account": lambda c, by: services.admit_member(
        c.reseller, name="李", email="li@x.cn", roles=["partner_admin"], **by
    ),
    "the main account's end": lambda c, by: services.deactivate_member(c.yun, **by),
    "too many roles": lambda c, by: services.change_roles(c.cai, roles=[], **by),
    "no permissions": lambda c, by: services.create_role(
        c.reseller, name="质检", permissions=[], **by
    ),
}


def test_every_service_is_tried_here():
    # create_user and create_member in one transaction; and what only its own person does
    elsewhere = {"admit_member", "switch_partner", "change_security", "decide_change_security"}
    elsewhere |= {"check_contact", "create_customer_user"}  # a check, and customers/accounts
    assert len(ACTS) == len(set(services.__all__) - elsewhere)


@pytest.mark.parametrize("verb", ACTS)
def test_an_act_leaves_one_line(cast, verb):
    ACTS[verb](cast, {"by": cast.yunying, "at": NOW})
    line = Activity.objects.get()
    assert (line.verb, line.user, line.at) == (verb, cast.yunying, NOW)
    assert verb in verbs.VERBS


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_leaves_no_line(cast, what):
    with pytest.raises(Refused):
        REFUSED[what](cast, {"by": cast.yunying, "at": NOW})
    assert not Activity.objects.exists()
