"""The frame's statement, written by hand, says what the querysets say."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activity.models import Announcement, AnnouncementRead, Notification
from activity.services import notify
from activity.unread import unread_of
from core.clock import day_of
from tests.factories import NOW, make_announcement

DAY = day_of(NOW)
near = st.none() | st.integers(-1, 1).map(lambda n: DAY + timedelta(days=n))


def some(*values):
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


announcements = st.fixed_dictionaries(
    {
        "published": st.booleans(),
        "kinds": some("distributor", "reseller"),
        "roles": some("account_manager", "finance"),
        "starts_on": near,
        "ends_on": near,
        "level": st.sampled_from(["normal", "important"]),
        "for_us": st.sampled_from([None, True, False]),
        "read": st.sampled_from([None, 1, 2]),
        "revision": st.sampled_from([1, 2]),
    }
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(told=st.lists(announcements, max_size=6), read=st.lists(st.booleans(), max_size=4))
def test_it_finds_what_the_querysets_find(cast, told, read):
    for model in (AnnouncementRead, Announcement, Notification):
        model.objects.all().delete()
    for fields in told:
        _announce(cast, **fields)
    for number, is_read in enumerate(read):
        _tell(cast.jing, number)
        if is_read:
            Notification.objects.filter(member=cast.jing).update(read_at=NOW)
    _tell(cast.other, 0)

    found = unread_of(cast.jing, on=DAY, most=101)

    shown = Announcement.objects.visible_to(cast.jing).on(DAY).unread()
    assert {each.pk for each in found if each.level} == set(shown.values_list("pk", flat=True))
    waiting = Notification.objects.visible_to(cast.jing).unread().count()
    assert sum(not each.level for each in found) == waiting


def _announce(cast, *, for_us, read, starts_on, ends_on, **fields):
    if starts_on and ends_on and ends_on < starts_on:
        starts_on, ends_on = ends_on, starts_on
    partner = {None: [], True: [cast.reseller.pk], False: [cast.stranger.pk]}[for_us]
    made = make_announcement(partner_ids=partner, starts_on=starts_on, ends_on=ends_on, **fields)
    if read:
        AnnouncementRead.objects.create(
            partner=cast.reseller, member=cast.jing, announcement=made, revision=read, read_at=NOW
        )


def _tell(member, number):
    notify([member], "customer.assigned", key=f"k{number}", at=NOW, customer=1)


def test_no_more_notifications_are_counted_than_asked_for(cast):
    for number in range(4):
        _tell(cast.jing, number)
    assert len(unread_of(cast.jing, on=DAY, most=3)) == 3
