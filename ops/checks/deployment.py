"""Settings, files, backups and the mail server of this installation."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.mail import get_connection
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from ops.rows import Row, bad, ok, warn

from .work import age

SHORT_KEY, FEW_LETTERS = 50, 10
LITTLE_SPACE = 1024**3
OLD_BACKUP, VERY_OLD_BACKUP = timedelta(hours=26), timedelta(days=3)
NEW_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(64))'"


def settings_rows(at: datetime) -> Iterator[Row]:
    found = [*_secrets(), *_addresses(), *_transport()]
    yield from found or [ok("settings", _("设置"), _("没有发现问题"))]


def _secrets() -> Iterator[Row]:
    key = settings.SECRET_KEY
    if len(key) < SHORT_KEY or len(set(key)) < FEW_LETTERS or "not-a-secret" in key:
        yield bad(
            "settings.secret_key",
            "SECRET_KEY",
            _("太短，或是示例值"),
            why=_("猜到它的人可以伪造登录会话。"),
            mend=NEW_KEY,
        )
    if settings.DEBUG:
        yield bad(
            "settings.debug",
            "DEBUG",
            "true",
            why=_("错误页面会显示源码和设置。"),
            mend="DEBUG=false",
        )
    if settings.DEMO:
        yield warn(
            "settings.demo",
            "DEMO",
            "true",
            why=_("演示模式放宽了安全要求。"),
            mend=_("正式环境去掉 DEMO"),
        )


def _addresses() -> Iterator[Row]:
    hosts, public = settings.ALLOWED_HOSTS, urlsplit(settings.PUBLIC_URL)
    if "*" in hosts:
        yield bad(
            "settings.any_host",
            "ALLOWED_HOSTS",
            "*",
            why=_("伪造的主机名会进入链接。"),
            mend="ALLOWED_HOSTS=partner.example.com",
        )
    elif set(hosts) <= {"localhost", "127.0.0.1", "[::1]"}:
        yield warn(
            "settings.only_local",
            "ALLOWED_HOSTS",
            _("只有本机"),
            why=_("从其他机器打开会得到 400。"),
            mend="ALLOWED_HOSTS=partner.example.com",
        )
    if not settings.PUBLIC_URL:
        yield warn(
            "settings.public_url",
            "PUBLIC_URL",
            _("没有设置"),
            why=_("邮件里没有链接。"),
            mend="PUBLIC_URL=https://partner.example.com",
        )
    elif public.hostname not in hosts and "*" not in hosts:
        yield bad(
            "settings.public_host",
            "PUBLIC_URL",
            _("%(host)s 不在 ALLOWED_HOSTS 中") % {"host": public.hostname or settings.PUBLIC_URL},
            why=_("邮件里的链接会打开错误页面。"),
            mend=f"ALLOWED_HOSTS={public.hostname or 'partner.example.com'}",
        )


def _transport() -> Iterator[Row]:
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield bad(
            "settings.https",
            "HTTPS",
            "false",
            why=_("登录会话会经明文连接发送。"),
            mend=_("HTTPS=true，由前面的代理终止 TLS"),
        )
        return
    if not settings.TRUSTED_PROXIES:
        yield warn(
            "settings.proxies",
            "TRUSTED_PROXIES",
            0,
            why=_("不相信代理的请求头：所有人的来源地址都是代理，且会反复跳转到 https。"),
            mend=_("TRUSTED_PROXIES=1（前面的代理层数）"),
        )
    if settings.PUBLIC_URL and not settings.PUBLIC_URL.startswith("https://"):
        yield warn(
            "settings.public_scheme",
            "PUBLIC_URL",
            settings.PUBLIC_URL,
            why=_("链接先走一次明文连接。"),
            mend="PUBLIC_URL=https://…",
        )


# ---- files ----


def file_rows(at: datetime) -> Iterator[Row]:
    yield _storage()
    yield from _space()
    yield from _static()
    yield _backup(at)


def _storage() -> Row:
    what, name = _("文件存储"), f"doctor/{uuid4().hex}"
    try:
        name = default_storage.save(name, ContentFile(b"ok"))
        default_storage.delete(name)
    except Exception as error:  # storages have many ways to fail
        return bad(
            "files.storage",
            what,
            _("不能写入（%(error)s）") % {"error": type(error).__name__},
            why=_("附件不能上传，导出没有文件。"),
            mend=_("检查 MEDIA_ROOT 的所有者和权限，或 MEDIA_STORAGE_OPTIONS"),
        )
    return ok("files.storage", what, _("可以写入"))


def _space() -> Iterator[Row]:
    if not isinstance(default_storage, FileSystemStorage):
        return
    with suppress(OSError):
        usage = shutil.disk_usage(default_storage.location)
        says = filesizeformat(usage.free)
        if usage.free >= LITTLE_SPACE:
            yield ok("files.space", _("剩余空间"), says)
            return
        yield bad(
            "files.space",
            _("剩余空间"),
            says,
            why=_("磁盘写满后，导出和上传都会失败。"),
            mend=_("清理磁盘，或扩大 MEDIA_ROOT 所在的卷"),
        )


def _static() -> Iterator[Row]:
    manifest = getattr(staticfiles_storage, "manifest_name", "")
    if manifest and not staticfiles_storage.exists(manifest):
        yield bad(
            "files.static",
            _("页面文件"),
            _("没有收集"),
            why=_("页面没有样式，或打开就出错。"),
            mend="manage.py assets --collect",
        )


def _backup(at: datetime) -> Row:
    """BACKUP_MARKER is a file that the backup script touches when it succeeded."""
    what = _("上次备份")
    if not settings.BACKUP_MARKER:
        return warn(
            "files.backup",
            what,
            _("不知道"),
            why=_("没有人会发现备份停了。"),
            mend=_("备份成功后 touch 一个文件，并设置 BACKUP_MARKER 为它的路径"),
        )
    try:
        changed = Path(settings.BACKUP_MARKER).stat().st_mtime
    except OSError:
        return _old_backup(what, _("没有 %(file)s") % {"file": settings.BACKUP_MARKER})
    old = at - datetime.fromtimestamp(changed, UTC)
    says = _("%(age)s前") % {"age": age(old)}
    if old > VERY_OLD_BACKUP:
        return _old_backup(what, says)
    if old > OLD_BACKUP:
        return warn(
            "files.backup",
            what,
            says,
            why=_("今天的数据还没有备份。"),
            mend=_("查看备份脚本的日志"),
        )
    return ok("files.backup", what, says)


def _old_backup(what: str, says: str) -> Row:
    return bad(
        "files.backup",
        what,
        says,
        why=_("出事时会丢失这么久的数据。"),
        mend='pg_dump "$DATABASE_OWNER_URL" -Fc -f partnercenter.dump',
    )


# ---- mail ----


def mail_rows(at: datetime) -> Iterator[Row]:
    """Signs in and sends nothing."""
    what, backend = _("发送邮件"), settings.EMAIL_BACKEND.rpartition(".")[2]
    if "smtp" not in settings.EMAIL_BACKEND:
        yield warn(
            "mail.backend",
            what,
            backend,
            why=_("邮件没有发给任何人。"),
            mend="EMAIL_URL=smtp+tls://user:password@host:587",
        )
        return
    try:
        connection = get_connection(timeout=5)
        connection.open()
        connection.close()
    except Exception as error:  # a server has many ways to say no
        yield bad(
            "mail.server",
            what,
            _("登录失败（%(error)s）") % {"error": type(error).__name__},
            why=_("密码重置和通知没有送达；邮件留在发件箱里。"),
            mend=_("检查 EMAIL_URL 的地址、账号和密码，以及到该端口的网络"),
        )
    else:
        yield ok("mail.server", what, _("可以登录"))
