"""What the database itself refuses, whoever writes."""

import pytest
from django.db import IntegrityError, transaction

from org.models import Member, Partner, Role, User
from tests import factories

pytestmark = pytest.mark.django_db


def refused(constraint, write):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


@pytest.mark.parametrize(
    ("constraint", "roles"),
    [
        ("org_member_one_to_three_roles", []),
        ("org_member_one_to_three_roles", ["finance", "account_manager", "custom-1", "custom-2"]),
        ("org_member_system_admin_alone", ["system_admin", "finance"]),
        ("org_member_manager_or_director", ["account_manager", "account_director"]),
        ("org_member_one_main_account", ["partner_admin"]),
    ],
)
def test_roles_of_a_member(cast, constraint, roles):
    rows = Member.objects.filter(pk=cast.cai.pk)
    refused(constraint, lambda: rows.update(roles=roles))


def test_only_managers_have_directors(cast):
    rows = Member.objects.filter(pk=cast.cai.pk)
    refused("only_managers_have_directors", lambda: rows.update(director=cast.zhuguan))


def test_a_director_of_another_partner(cast):
    foreign = factories.make_member(partner=cast.stranger, role="account_director")
    rows = Member.objects.filter(pk=cast.jing.pk)
    refused("director_id_same_partner", lambda: rows.update(director=foreign))


def test_a_person_twice_in_a_partner(cast):
    refused(
        "org_member_once_a_partner",
        lambda: factories.make_member(partner=cast.reseller, user=cast.jing.user),
    )


@pytest.mark.parametrize("kind", ["distributor", "solution_provider"])
def test_a_distributor_above_a_partner_that_is_no_reseller(cast, kind):
    rows = Partner.objects.filter(pk=cast.reseller.pk)
    refused("distributor_iff_reseller", lambda: rows.update(kind=kind))


def test_a_reseller_without_distributor(cast):
    rows = Partner.objects.filter(pk=cast.reseller.pk)
    refused("distributor_iff_reseller", lambda: rows.update(distributor=None))


def test_a_distributor_that_is_none(cast):
    provider = factories.make_partner()
    rows = Partner.objects.filter(pk=cast.reseller.pk)
    refused("distributor_is_one", lambda: rows.update(distributor=provider))


def test_a_distributor_that_becomes_something_else(cast):
    rows = Partner.objects.filter(pk=cast.distributor.pk)
    refused("distributor_is_one", lambda: rows.update(kind="solution_provider"))


def test_an_unknown_kind_of_partner():
    refused("kind_is_known", lambda: factories.make_partner(kind="friend"))


def test_a_role_code_that_looks_like_a_preset(cast):
    refused(
        "role_code_is_custom",
        lambda: Role.objects.create(partner=cast.reseller, code="finance", name="财务二"),
    )


def test_a_person_whom_nobody_can_address():
    refused("can_be_addressed", lambda: User.objects.create(name="无名"))


def test_an_e_mail_in_other_letters(cast):
    email = cast.jing.user.email.upper()
    refused("user_email_is_unique", lambda: User.objects.create(name="李", email=email))


def test_an_unknown_vendor_role(cast):
    rows = User.objects.filter(pk=cast.shen.pk)
    refused("vendor_role_is_known", lambda: rows.update(vendor_role="king"))
