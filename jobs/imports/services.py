"""From a file to changes: upload, say which column is which, preview, commit, forget."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core import sheets, tenancy
from core.refusals import InvalidTransition, NotAllowed, Refused
from org.models import Member, Partner, User

from . import rules
from .kinds import ImportColumn, ImportKind, Plan
from .models import KEPT, Import

By = Member | User
MOST_FILES = 50  # of one member, that lie here


@transaction.atomic
def start_import(
    kind: ImportKind,
    file: Any,
    *,
    headers: list[str],
    lines: int,
    partner: Partner,
    by: By,
    at: datetime,
) -> Import:
    """Keep a file that was looked into, with a guess of its columns. Raises NotAllowed."""
    _ask(kind, by)
    _check_room(by)
    who: dict[str, Any] = {"member": by} if isinstance(by, Member) else {"user": by}
    made = Import(
        partner=partner,
        kind=kind.key,
        name=_clean(file.name),
        headers=headers,
        fingerprint=rules.fingerprint(headers),
        lines=lines,
        created_at=at,
        expires_at=at + KEPT,
        **who,
    )
    made.mapping = _remembered(made, kind, by) or rules.guess(headers, kind.visible_columns(by))
    file.seek(0)
    made.file.save(f"{uuid4().hex}{'.xlsx' if _is_book(file.name) else '.csv'}", file, save=False)
    made.save(force_insert=True)
    after = {"file": made.name, "lines": lines}
    record("import.uploaded", made, by=by, at=at, partner_id=partner.pk, after=after)
    return made


def _ask(kind: ImportKind, by: By) -> None:
    if not (decision := kind.decide(by)):
        raise NotAllowed(decision)


def _check_room(by: By) -> None:
    """Files of 50 MB are not sent without end: after three days each makes room."""
    mine = Import.objects.filter(member=by) if isinstance(by, Member) else Import.objects.none()
    if mine.exclude(file="").count() >= MOST_FILES:
        raise Refused(_("您 3 天内上传的文件已达 %(n)d 个，请稍后再试。") % {"n": MOST_FILES})


def _clean(name: str) -> str:
    return "".join(ch for ch in name if ch.isprintable())[-255:] or "-"


def _is_book(name: str) -> bool:
    return name.lower().endswith(".xlsx")


def _remembered(made: Import, kind: ImportKind, by: By) -> dict[str, int]:
    """What the same person said of the same header before."""
    mine = Import.objects.filter(
        kind=made.kind, fingerprint=made.fingerprint, member=made.member, user=made.user
    )
    last = mine.exclude(seal="").order_by("-pk").first()
    allowed = {column.key for column in kind.visible_columns(by)}
    return {key: at for key, at in (last.mapping if last else {}).items() if key in allowed}


def columns_of(made: Import, kind: ImportKind, by: By) -> list[ImportColumn]:
    """The columns that this file brings and this person may write now."""
    return [column for column in kind.visible_columns(by) if column.key in made.mapping]


@transaction.atomic
def choose_columns(
    made: Import, kind: ImportKind, mapping: Mapping[str, int], *, by: By, at: datetime
) -> Import:
    """Say which column is which, and see what the import would do. Raises NotAllowed, Refused."""
    made = _open(made)
    _ask(kind, by)
    made.mark_mapped(dict(mapping))
    _preview(made, kind, by=by, at=at)
    return made


def _open(made: Import) -> Import:
    """The import, held, while it can be committed. Raises InvalidTransition."""
    made = Import.objects.lock(made.pk)
    if made.committed_at:
        raise InvalidTransition(_("该文件已导入，请重新上传后再导入。"))
    if not made.file:
        raise InvalidTransition(_("文件已过期删除，请重新上传。"))
    return made


def _preview(made: Import, kind: ImportKind, *, by: By, at: datetime) -> Plan:
    plan = make_plan(made, kind, by=by, at=at)
    first = [[c.line, c.is_new, dict(c.shown)] for c in plan.changes[: rules.SAMPLE]]
    wrong = [[w.line, w.key, w.reason] for w in plan.wrong]
    made.mark_previewed({"counts": plan.counts(), "first": first}, wrong, plan.seal())
    return plan


def make_plan(made: Import, kind: ImportKind, *, by: By, at: datetime) -> Plan:
    """What the file would change now. Raises Refused when it cannot be read any more."""
    wrong: list[Any] = []
    columns = columns_of(made, kind, by)
    if not columns or columns[0].key != kind.columns[0].key:
        raise Refused(_("请选择“%(label)s”所在的列。") % {"label": kind.columns[0].label})
    with read(made) as sheet:
        lines = rules.read_lines(sheet.lines(), columns, made.mapping, wrong)
        plan = kind.plan(lines, made, by=by, at=at)
    plan.wrong = sorted([*plan.wrong, *wrong], key=lambda each: each.line)
    return plan


@contextmanager
def read(made: Import) -> Iterator[sheets.Sheet]:
    """The file's lines. Raises Refused."""
    name = made.file.name or ""
    if not name or not made.file.storage.exists(name):
        raise InvalidTransition(_("文件已过期删除，请重新上传。"))
    try:
        with made.file.open("rb") as file, sheets.opened(file, name) as sheet:
            yield sheet
    except sheets.NotReadable as why:
        raise Refused(str(why)) from None


@transaction.atomic
def commit_import(
    made: Import, kind: ImportKind, *, seen: str, by: By, at: datetime
) -> tuple[Import, bool]:
    """Do what the preview showed; asked again, it is done once.

    Returns it with whether it is committed: not when the rows changed since the preview, which
    is then another one. Raises NotAllowed, Refused.
    """
    made = Import.objects.lock(made.pk)
    if made.committed_at:
        return made, True
    made = _open(made)
    _ask(kind, by)
    plan = _preview(made, kind, by=by, at=at)
    if plan.seal() != seen:
        return made, False
    if not plan.changes:
        raise Refused(_("文件中没有需要导入的变更。"))
    kind.commit(made, plan, by=by, at=at)
    return made, True


def forget_old_imports(*, at: datetime) -> int:
    """Delete the files whose days are over; returns how many."""
    with tenancy.vendor():
        old = list(Import.objects.outdated(at).order_by("pk").values_list("pk", flat=True))
    return sum(_forget(pk) for pk in old)


def _forget(pk: int) -> bool:
    with tenancy.vendor():
        made = Import.objects.lock(pk)
        if not (name := made.file.name):
            return False
        made.mark_expired()
        transaction.on_commit(lambda: default_storage.delete(name))
    return True
