"""Who keeps which views, who shares them, and what the database holds."""

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from activity.models import Activity
from core import tenancy
from core.refusals import NotAllowed, Refused, Vanished
from tests.factories import NOW, make_member, make_view
from workbench import rules, services
from workbench.models import Arrangement, SavedView

pytestmark = pytest.mark.django_db


def save(by, name="本周到期", query="level=1", **more):
    flags = {"is_shared": False, "is_pinned": False, "is_default": False} | more
    said = flags.pop("said", "等级：V1")
    return services.save_view(
        "customers", name=name, query=query, said=said, by=by, at=NOW, **flags
    )


def verbs() -> list[str]:
    return list(Activity.objects.order_by("pk").values_list("verb", flat=True))


# ---- saving ----


def test_a_private_view_is_seen_by_its_member_alone_and_leaves_no_line_in_the_log(cast):
    view = save(cast.jing)
    assert list(SavedView.objects.visible_to(cast.jing)) == [view]
    assert not SavedView.objects.visible_to(cast.yun).exists()
    assert verbs() == []


def test_sent_twice_a_view_is_saved_once(cast):
    assert save(cast.jing) == save(cast.jing)
    assert SavedView.objects.count() == 1


def test_one_name_stands_for_one_address_of_a_members_list(cast):
    save(cast.jing)
    with pytest.raises(Refused, match="已有同名视图"):
        save(cast.jing, query="level=2")
    save(cast.other, query="level=2")
    save(cast.jing, name="另一个", query="level=2")


@pytest.mark.parametrize("name", ["", "  \t", "\u202e\u200b", "长" * 41])
def test_a_name_has_one_to_forty_characters_that_can_be_seen(cast, name):
    with pytest.raises(Refused, match="请填写视图名称"):
        save(cast.jing, name=name)


def test_a_name_may_hold_what_takes_four_bytes(cast):
    assert save(cast.jing, name="  𠮷野家👨\u200d👩\u200d👧 \x00 重点\u202e ").name == (
        "𠮷野家👨\u200d👩\u200d👧 重点"
    )


def test_a_member_keeps_at_most_fifty_views_of_a_list(cast, monkeypatch):
    monkeypatch.setattr(rules, "MOST_VIEWS", 2)
    save(cast.jing, name="一")
    save(cast.jing, name="二")
    with pytest.raises(Refused, match="2"):
        save(cast.jing, name="三")
    save(cast.other, name="三")


def test_conditions_that_are_too_long_are_refused(cast):
    with pytest.raises(Refused, match="条件过长"):
        save(cast.jing, query="q=" + "x" * 4_000)


# ---- sharing ----


def test_a_shared_view_is_seen_by_the_partner_and_by_nobody_else(cast):
    view = save(cast.yun, is_shared=True)
    for colleague in (cast.jing, cast.cai, cast.zhuguan):
        assert list(SavedView.objects.visible_to(colleague)) == [view]
    for stranger in (cast.pang, cast.zong):
        assert not SavedView.objects.visible_to(stranger).exists()


def test_who_may_not_share_is_told_why(cast):
    with pytest.raises(NotAllowed, match="共享列表视图"):
        save(cast.jing, is_shared=True)
    view = save(cast.jing)
    with pytest.raises(NotAllowed, match="共享列表视图"):
        services.change_view(view, name="本周到期", is_shared=True, by=cast.jing, at=NOW)


def test_what_colleagues_see_of_a_view_is_recorded(cast):
    view = save(cast.yun, is_shared=True)
    services.change_view(view, name="下周到期", is_shared=True, by=cast.yun, at=NOW)
    services.update_view(view, query="level=2", said="等级：V2", by=cast.yun, at=NOW)
    services.change_view(view, name="下周到期", is_shared=False, by=cast.yun, at=NOW)
    services.change_view(view, name="私有", is_shared=False, by=cast.yun, at=NOW)
    services.change_view(view, name="私有", is_shared=True, by=cast.yun, at=NOW)
    services.delete_view(view, by=cast.yun, at=NOW)
    changed = ["view.changed", "view.changed", "view.unshared"]
    assert verbs() == ["view.shared", *changed, "view.shared", "view.deleted"]
    first, second = Activity.objects.order_by("pk")[:2]
    assert first.after == {"view": "本周到期", "list": "customers", "scope": "等级：V1"}
    assert (second.before, second.after["view"]) == ({"view": "本周到期"}, "下周到期")


def test_a_colleague_changes_a_shared_view_only_if_he_may_share(cast):
    view = save(cast.yun, is_shared=True)
    with pytest.raises(NotAllowed):
        services.update_view(view, query="level=3", said="", by=cast.jing, at=NOW)
    with pytest.raises(NotAllowed):
        services.delete_view(view, by=cast.jing, at=NOW)
    services.update_view(view, query="level=3", said="", by=cast.zhuguan, at=NOW)
    view.refresh_from_db()
    assert (view.query, view.member) == ("level=3", cast.yun)


def test_a_private_view_of_a_colleague_is_out_of_sight(cast):
    view = save(cast.jing)
    with pytest.raises(Vanished):
        services.delete_view(view, by=cast.yun, at=NOW)


def test_shared_views_outlive_their_members_place(cast):
    """Somebody who may share keeps them from then on."""
    left = make_member(partner=cast.reseller, role="account_director", is_active=False)
    view = make_view(member=left, is_shared=True)
    assert list(SavedView.objects.visible_to(cast.jing)) == [view]
    services.delete_view(view, by=cast.yun, at=NOW)


def test_a_view_deleted_in_another_tab_is_a_sentence(cast):
    view = save(cast.jing)
    stale = SavedView.objects.get(pk=view.pk)
    services.delete_view(view, by=cast.jing, at=NOW)
    for act in (
        lambda: services.delete_view(stale, by=cast.jing, at=NOW),
        lambda: services.update_view(stale, query="", said="", by=cast.jing, at=NOW),
        lambda: services.prefer_view(stale, is_pinned=True, is_default=True, by=cast.jing),
    ):
        with pytest.raises(Vanished):
            act()


# ---- pinned and default ----


def test_pinning_and_the_default_are_each_members_own(cast):
    view = save(cast.yun, is_shared=True)
    services.prefer_view(view, is_pinned=True, is_default=True, by=cast.jing)
    mine = Arrangement.objects.get(member=cast.jing)
    assert (mine.pinned_views, mine.default_view) == ([view.pk], view)
    assert Arrangement.objects.get(member=cast.yun).default_view is None


def test_a_list_has_one_default_view(cast):
    first = save(cast.jing, name="一", is_default=True)
    second = save(cast.jing, name="二", is_default=True)
    mine = Arrangement.objects.get(member=cast.jing)
    assert mine.default_view == second
    services.prefer_view(first, is_pinned=False, is_default=False, by=cast.jing)
    mine.refresh_from_db()
    assert mine.default_view == second


def test_a_deleted_view_is_nobodys_default(cast):
    view = save(cast.yun, is_shared=True)
    services.prefer_view(view, is_pinned=True, is_default=True, by=cast.jing)
    with tenancy.tenant(cast.reseller.pk, user_id=cast.yun.user_id):
        services.delete_view(view, by=cast.yun, at=NOW)
    assert Arrangement.objects.get(member=cast.jing).default_view is None


def test_at_most_eight_views_are_pinned_not_counting_those_that_are_gone(cast, monkeypatch):
    monkeypatch.setattr(rules, "MOST_PINNED_VIEWS", 1)
    first = save(cast.jing, name="一", is_pinned=True)
    with pytest.raises(Refused, match="最多固定 1 个"):
        save(cast.jing, name="二", is_pinned=True)
    services.delete_view(first, by=cast.jing, at=NOW)
    save(cast.jing, name="二", is_pinned=True)


# ---- what the database holds ----


def test_a_view_and_an_arrangement_stay_within_their_partner(cast):
    view = make_view(member=cast.pang)
    with pytest.raises(IntegrityError), transaction.atomic():
        Arrangement.objects.create(
            partner=cast.reseller, member=cast.jing, list_key="customers", default_view=view
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        make_view(member=cast.pang, partner=cast.reseller)


def test_the_partners_side_moves_no_view_to_another_member_or_list(cast):
    view = make_view(member=cast.jing)
    for change in ({"member": cast.other}, {"list_key": "alerts"}):
        with (
            pytest.raises(ProgrammingError, match="denied"),
            transaction.atomic(),
            tenancy.tenant(cast.reseller.pk, user_id=cast.jing.user_id),
        ):
            SavedView.objects.filter(pk=view.pk).update(**change)


@pytest.mark.parametrize("pinned", [0, 4])
def test_one_to_three_columns_are_pinned(cast, pinned):
    with pytest.raises(IntegrityError), transaction.atomic():
        Arrangement.objects.create(
            partner=cast.reseller, member=cast.jing, list_key="x", pinned_columns=pinned
        )
