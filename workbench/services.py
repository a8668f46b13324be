"""Keeping views and the arrangement of a list.

What others see is recorded; how one arranges a list for oneself is not. A view is locked before
an arrangement.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused
from org.models import Member
from org.permissions import VIEWS_SHARE

from . import rules
from .bench import View
from .models import Arrangement, SavedView, SavedViewQuerySet

# ---- who may ----


def decide_share(by: Member) -> Decision:
    """Whether the member may decide what colleagues find on a list."""
    return by.may(VIEWS_SHARE)


def decide_change(view: SavedView | View, by: Member) -> Decision:
    """One's own view; and of shared ones every, for who may share: their owners may be gone."""
    if view.member_id == by.pk:
        return ALLOWED
    decision = decide_share(by)
    return decision if view.is_shared else denied(_("这是他人的私有视图"))


# ---- views ----


@transaction.atomic
def save_view(
    list_key: str,
    *,
    name: str,
    query: str,
    said: str,
    is_shared: bool,
    is_pinned: bool,
    is_default: bool,
    by: Member,
    at: datetime,
) -> SavedView:
    """保存视图. Sent twice, it is the same one.

    Args:
        said: the conditions in words, for the log.

    Raises NotAllowed, Refused.
    """
    mine = _hold(list_key, by)
    name = _named(name)
    own = SavedView.objects.filter(member=by, list_key=list_key)
    if (same := own.filter(name=name).first()) and same.query == query:
        return same
    _refuse_same_name(own, name)
    if own.count() >= rules.MOST_VIEWS:
        raise Refused(
            _("每个列表最多保存 %(n)d 个视图，请先删除不需要的视图。") % {"n": rules.MOST_VIEWS}
        )
    view = SavedView(
        partner_id=by.partner_id,
        member=by,
        list_key=list_key,
        name=name,
        query=_short(query),
        is_shared=is_shared,
        created_at=at,
    )
    _must_share_if(is_shared, by)
    view.save()
    _prefer(mine, view, is_pinned=is_pinned, is_default=is_default)
    _tell(view, was_shared=False, said=said, by=by, at=at)
    return view


@transaction.atomic
def change_view(
    view: SavedView, *, name: str, is_shared: bool, by: Member, at: datetime
) -> SavedView:
    """Rename, share, or take back into one's own. Raises NotAllowed, Refused."""
    view = _held_view(view, by)
    before, name = (view.name, view.is_shared), _named(name)
    if (name, is_shared) == before:
        return view
    _must_share_if(is_shared, by)
    same_list = SavedView.objects.filter(member_id=view.member_id, list_key=view.list_key)
    _refuse_same_name(same_list.exclude(pk=view.pk), name)
    view.name, view.is_shared = name, is_shared
    view.save(update_fields=["name", "is_shared"])
    _tell(view, was_shared=before[1], was_named=before[0], by=by, at=at)
    return view


@transaction.atomic
def update_view(view: SavedView, *, query: str, said: str, by: Member, at: datetime) -> SavedView:
    """更新为当前条件. Raises NotAllowed, Refused."""
    view = _held_view(view, by)
    _must_share_if(view.is_shared, by)
    if view.query != query:
        view.query = _short(query)
        view.save(update_fields=["query"])
        _tell(view, was_shared=view.is_shared, said=said, by=by, at=at)
    return view


@transaction.atomic
def delete_view(view: SavedView, *, by: Member, at: datetime) -> None:
    """删除视图; whoever had it as the default has none. Raises NotAllowed, Refused."""
    view = _held_view(view, by)
    if view.is_shared:
        record("view.deleted", view, by=by, at=at, before=_facts(view))
    view.delete()


@transaction.atomic
def prefer_view(view: SavedView, *, is_pinned: bool, is_default: bool, by: Member) -> None:
    """固定, 设为默认: for the member alone, of every view he may open. Raises Refused."""
    view = SavedView.objects.visible_to(by).lock(view.pk)
    _prefer(_hold(view.list_key, by), view, is_pinned=is_pinned, is_default=is_default)


# ---- columns and density ----


@transaction.atomic
def arrange_columns(
    list_key: str, *, order: Sequence[str], hidden: Sequence[str], pinned: int, by: Member
) -> None:
    mine = _hold(list_key, by)
    mine.column_order, mine.hidden_columns = list(order), list(hidden)
    mine.pinned_columns = min(max(pinned, 1), rules.MOST_PINNED_COLUMNS)
    mine.save(update_fields=["column_order", "hidden_columns", "pinned_columns"])


@transaction.atomic
def set_density(list_key: str, *, is_compact: bool, by: Member) -> None:
    mine = _hold(list_key, by)
    mine.is_compact = is_compact
    mine.save(update_fields=["is_compact"])


# ---- inside ----


def _hold(list_key: str, by: Member) -> Arrangement:
    """The member's arrangement of the list, locked: his acts on one list follow each other."""
    mine, _made = Arrangement.objects.get_or_create(
        partner_id=by.partner_id, member=by, list_key=list_key
    )
    return Arrangement.objects.lock(mine.pk)


def _held_view(view: SavedView, by: Member) -> SavedView:
    view = SavedView.objects.visible_to(by).lock(view.pk)
    if not (decision := decide_change(view, by)):
        raise NotAllowed(decision)
    return view


def _prefer(mine: Arrangement, view: SavedView, *, is_pinned: bool, is_default: bool) -> None:
    others = [pk for pk in mine.pinned_views if pk != view.pk]
    if is_pinned and len(others) >= rules.MOST_PINNED_VIEWS:
        known = SavedView.objects.filter(pk__in=others).values_list("pk", flat=True)
        others = [pk for pk in others if pk in set(known)]
        if len(others) >= rules.MOST_PINNED_VIEWS:
            raise Refused(_("最多固定 %(n)d 个视图。") % {"n": rules.MOST_PINNED_VIEWS})
    mine.pinned_views = [*others, view.pk] if is_pinned else others
    if is_default:
        mine.default_view = view
    elif mine.default_view_id == view.pk:
        mine.default_view = None
    mine.save(update_fields=["pinned_views", "default_view"])


def _named(name: str) -> str:
    name = rules.tidy_name(name)
    if not name or len(name) > rules.NAME_LENGTH:
        raise Refused(_("请填写视图名称，最多 %(n)d 个字符。") % {"n": rules.NAME_LENGTH})
    return name


def _short(query: str) -> str:
    if len(query) > rules.QUERY_LENGTH:
        raise Refused(_("条件过长，无法保存为视图，请缩短后重试。"))
    return query


def _refuse_same_name(own: SavedViewQuerySet, name: str) -> None:
    if own.filter(name=name).exists():
        raise Refused(_("已有同名视图：%(name)s。") % {"name": name})


def _must_share_if(is_shared: bool, by: Member) -> None:
    if is_shared and not (decision := decide_share(by)):
        raise NotAllowed(decision)


def _tell(
    view: SavedView,
    *,
    was_shared: bool,
    was_named: str = "",
    said: str = "",
    by: Member,
    at: datetime,
) -> None:
    """A line in the log, if colleagues see the view or saw it."""
    if not was_shared and not view.is_shared:
        return
    verb = "view.changed" if was_shared else "view.shared"
    if not view.is_shared:
        verb = "view.unshared"
    before = {"view": was_named} if was_named and was_named != view.name else {}
    record(verb, view, by=by, at=at, before=before, after=_facts(view, said))


def _facts(view: SavedView, said: str = "") -> dict[str, str]:
    facts = {"view": view.name, "list": view.list_key}
    return facts | {"scope": said} if said else facts
