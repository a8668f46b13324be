"""Partners: who may sell under whom."""

import pytest

from activity.models import Activity
from core.refusals import InvalidTransition, Refused
from org import services
from org.models import Member, Partner
from org.rules import is_credit_code
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def create(by, **facts):
    return services.create_partner(**({"kind": "solution_provider"} | facts), by=by, at=NOW)


def change(partner, by, **facts):
    now = {
        "name": partner.name,
        "kind": partner.kind,
        "distributor": partner.distributor,
        "credit_code": partner.credit_code,
    }
    return services.change_partner(partner, **(now | facts), by=by, at=NOW)


def test_a_reseller_belongs_to_its_distributor(cast):
    made = create(cast.yunying, name="云舟", kind="reseller", distributor=cast.distributor)
    assert Partner.objects.get(name="云舟").distributor == cast.distributor == made.distributor


def test_a_reseller_without_distributor_is_refused(cast):
    with pytest.raises(Refused, match="必须且只能归属一个总经销商"):
        create(cast.yunying, name="云舟", kind="reseller")


def test_nobody_but_a_reseller_has_a_distributor(cast):
    with pytest.raises(Refused, match="只有云经销商归属总经销商"):
        create(cast.yunying, name="云舟", distributor=cast.distributor)


def test_a_reseller_is_no_distributor_of_others(cast):
    with pytest.raises(Refused, match="不是总经销商"):
        create(cast.yunying, name="云舟", kind="reseller", distributor=cast.reseller)


def test_a_suspended_distributor_takes_no_new_reseller(cast):
    services.suspend_partner(cast.distributor, by=cast.yunying, at=NOW)
    with pytest.raises(Refused, match="已停用"):
        create(cast.yunying, name="云舟", kind="reseller", distributor=cast.distributor)


def test_two_partners_do_not_share_a_name(cast):
    with pytest.raises(Refused, match="已有同名伙伴"):
        create(cast.yunying, name="云帆经销")


def test_a_name_is_tidied_before_it_is_compared(cast):
    with pytest.raises(Refused, match="已有同名伙伴"):
        create(cast.yunying, name=" 云帆经销　")


def test_a_name_is_asked_for(cast):
    with pytest.raises(Refused, match="请填写伙伴名称"):
        create(cast.yunying, name="  ")


def test_an_unknown_kind_is_refused(cast):
    with pytest.raises(Refused, match="没有这个伙伴类型"):
        create(cast.yunying, name="云舟", kind="friend")


def test_the_check_character_of_a_credit_code_is_checked():
    assert is_credit_code("91350100M000100Y43")  # the example of GB 32100-2015
    assert not is_credit_code("91350100M000100Y44")
    assert not is_credit_code("91350100M000100I43")


def test_a_wrong_credit_code_is_refused(cast):
    with pytest.raises(Refused, match="统一社会信用代码无效"):
        create(cast.yunying, name="云舟", credit_code="91350100M000100Y44")


def test_two_partners_do_not_share_a_credit_code(cast):
    create(cast.yunying, name="云舟", credit_code="91350100m000100y43")
    with pytest.raises(Refused, match="已属于另一个伙伴"):
        create(cast.yunying, name="云桨", credit_code="91350100M000100Y43")


def test_a_reseller_may_move_to_another_distributor(cast):
    change(cast.reseller, cast.yunying, distributor=cast.stranger)
    assert Partner.objects.get(pk=cast.reseller.pk).distributor == cast.stranger


def test_a_distributor_with_resellers_stays_one(cast):
    with pytest.raises(Refused, match="名下还有云经销商"):
        change(cast.distributor, cast.yunying, kind="solution_provider")


def test_a_distributor_is_not_its_own_reseller(cast):
    with pytest.raises(Refused, match="不是总经销商"):
        change(cast.stranger, cast.yunying, kind="reseller", distributor=cast.stranger)


def test_changing_nothing_is_said(cast):
    with pytest.raises(Refused, match="没有需要保存的修改"):
        change(cast.reseller, cast.yunying)


def test_a_change_is_recorded_with_what_changed_only(cast):
    change(cast.reseller, cast.yunying, name="云帆科技")
    line = Activity.objects.get(verb="partner.changed")
    assert (line.before, line.after) == ({"partner": "云帆经销"}, {"partner": "云帆科技"})
    assert (line.partner, line.user, line.at) == (cast.reseller, cast.yunying, NOW)


def test_nobody_acts_for_a_suspended_partner(cast):
    services.suspend_partner(cast.reseller, by=cast.yunying, at=NOW)
    assert not Member.objects.active().filter(partner=cast.reseller).exists()
    services.resume_partner(cast.reseller, by=cast.yunying, at=NOW)
    assert Member.objects.active().filter(partner=cast.reseller).exists()


def test_suspending_twice_is_said(cast):
    services.suspend_partner(cast.reseller, by=cast.yunying, at=NOW)
    with pytest.raises(InvalidTransition, match="已停用"):
        services.suspend_partner(cast.reseller, by=cast.yunying, at=NOW)
