"""What happens by the clock, each entry named by a sentence. Times are Asia/Shanghai.

An entry has its words for operators in SCHEDULE_SENTENCES.

Every task may run twice, or in two beats at once; one that could not be started in time is
dropped (`expires`, seconds), because the next one does the same work.
"""

from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

MINUTE = 60

CELERY_BEAT_SCHEDULE = {
    "every-morning-at-six-generate-alerts": {
        "task": "followups.tasks.generate_followups",
        "schedule": crontab(hour=6, minute=0),
        "options": {"expires": 25 * MINUTE},
    },
    # Consumption may come late, and a day may have been missed.
    "every-half-hour-until-eleven-at-night-generate-alerts-that-are-due": {
        "task": "followups.tasks.generate_followups",
        "schedule": crontab(hour="6-22", minute="15,45"),
        "options": {"expires": 25 * MINUTE},
    },
    "every-morning-at-ten-past-six-close-alerts-without-a-cause": {
        "task": "followups.tasks.close_followups",
        "schedule": crontab(hour=6, minute=10),
        "options": {"expires": 25 * MINUTE},
    },
    # From the 4th on, when last month's data is complete; by noon of the 5th as it is.
    "every-hour-make-last-months-bills-when-they-are-due": {
        "task": "billing.tasks.make_due_bills",
        "schedule": crontab(minute=20),
        "options": {"expires": 30 * MINUTE},
    },
    "every-night-end-requests-that-nobody-answered": {
        "task": "associations.tasks.end_unanswered",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 60 * MINUTE},
    },
    "every-night-end-authorizations-whose-time-is-over": {
        "task": "customers.tasks.end_authorizations",
        "schedule": crontab(hour=0, minute=5),
        "options": {"expires": 60 * MINUTE},
    },
    "every-minute-end-sessions-in-customers-accounts": {
        "task": "customers.tasks.end_proxy_sessions",
        "schedule": crontab(),
        "options": {"expires": MINUTE},
    },
    "every-minute-take-up-requests-on-customers-resources": {
        "task": "billing.tasks.run_due_requests",
        "schedule": crontab(),
        "options": {"expires": MINUTE},
    },
    # Also at midnight, when a month may begin; consumption comes at any time.
    "every-half-hour-weigh-budgets": {
        "task": "billing.tasks.weigh_budgets",
        "schedule": crontab(minute="0,30"),
        "options": {"expires": 25 * MINUTE},
    },
    "every-night-release-resources-of-frozen-customers": {
        "task": "billing.tasks.release_frozen",
        "schedule": crontab(hour=1, minute=10),
        "options": {"expires": 60 * MINUTE},
    },
    "every-night-forget-ended-sessions": {
        "task": "org.tasks.forget_ended_sessions",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expires": 60 * MINUTE},
    },
    "every-ten-minutes-seal-the-log": {
        "task": "activity.tasks.seal_log",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 10 * MINUTE},
    },
    "every-night-verify-the-new-seals-of-the-log": {
        "task": "activity.tasks.verify_log",
        "schedule": crontab(hour=3, minute=5, day_of_week="1-6"),
        "options": {"expires": 60 * MINUTE},
    },
    "every-sunday-night-verify-the-whole-log": {
        "task": "activity.tasks.verify_log",
        "schedule": crontab(hour=3, minute=5, day_of_week="0"),
        "kwargs": {"whole": True},
        "options": {"expires": 60 * MINUTE},
    },
    "every-night-forget-lines-of-the-log-whose-days-are-over": {
        "task": "activity.tasks.forget_old_lines",
        "schedule": crontab(hour=4, minute=10),
        "options": {"expires": 60 * MINUTE},
    },
    "every-night-end-coupons-whose-time-is-over": {
        "task": "coupons.tasks.run_night",
        "schedule": crontab(hour=0, minute=30),
        "options": {"expires": 60 * MINUTE},
    },
    "every-night-check-the-ledger": {
        "task": "ops.tasks.check_ledger",
        "schedule": crontab(hour=2, minute=40),
        "options": {"expires": 60 * MINUTE},
    },
    "every-night-check-coupons": {
        "task": "ops.tasks.check_coupons",
        "schedule": crontab(hour=2, minute=50),
        "options": {"expires": 60 * MINUTE},
    },
    "every-minute-take-up-jobs-that-nobody-is-at": {
        "task": "partnercenter.tasks.run_waiting_jobs",
        "schedule": crontab(),
        "options": {"expires": MINUTE},
    },
    "every-night-forget-files-whose-days-are-over": {
        "task": "partnercenter.tasks.forget_old_files",
        "schedule": crontab(hour=3, minute=50),
        "options": {"expires": 60 * MINUTE},
    },
    "every-night-forget-notices-whose-days-are-over": {
        "task": "partnercenter.tasks.forget_old_notices",
        "schedule": crontab(hour=4, minute=20),
        "options": {"expires": 60 * MINUTE},
    },
    "every-hour-refuse-exports-that-nobody-approved": {
        "task": "partnercenter.tasks.refuse_unanswered",
        "schedule": crontab(minute=20),
        "options": {"expires": 30 * MINUTE},
    },
    # Somebody may be waiting for a code, before the page that asks for it.
    "every-ten-seconds-send-waiting-mail": {
        "task": "activity.tasks.send_mail",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
}

SCHEDULE_SENTENCES = {
    "every-morning-at-six-generate-alerts": _("每天 6:00 生成预警"),
    "every-half-hour-until-eleven-at-night-generate-alerts-that-are-due": _(
        "6:15 至 22:45 每半小时补生成到期的预警"
    ),
    "every-morning-at-ten-past-six-close-alerts-without-a-cause": _(
        "每天 6:10 关闭原因已消失的预警"
    ),
    "every-hour-make-last-months-bills-when-they-are-due": _(
        "每小时检查：4 日起、最迟 5 日 12:00 前生成上月账单"
    ),
    "every-night-end-requests-that-nobody-answered": _("每天 3:20 让逾期未处理的关联申请失效"),
    "every-night-end-authorizations-whose-time-is-over": _("每天 0:05 结束到期和逾期的客户授权"),
    "every-minute-end-sessions-in-customers-accounts": _("每分钟结束失效的代客会话"),
    "every-minute-take-up-requests-on-customers-resources": _("每分钟执行待处理的代客操作请求"),
    "every-half-hour-weigh-budgets": _("每半小时统计客户预算的使用，提醒并按设置冻结"),
    "every-night-release-resources-of-frozen-customers": _("每天 1:10 释放冻结满 15 天的资源"),
    "every-night-forget-ended-sessions": _("每天 3:40 清理已结束的登录会话"),
    "every-ten-minutes-seal-the-log": _("每 10 分钟封存操作日志"),
    "every-night-verify-the-new-seals-of-the-log": _("每天 3:05 校验新封存的操作日志"),
    "every-sunday-night-verify-the-whole-log": _("每周日 3:05 校验全部操作日志"),
    "every-night-forget-lines-of-the-log-whose-days-are-over": _(
        "每天 4:10 清理超过保存期的操作日志"
    ),
    "every-night-end-coupons-whose-time-is-over": _(
        "每天 0:30 回收过期的券，生成前一天的券账证书，提醒即将到期"
    ),
    "every-night-check-the-ledger": _("每天 2:40 核对账本"),
    "every-night-check-coupons": _("每天 2:50 核对券账"),
    "every-minute-take-up-jobs-that-nobody-is-at": _("每分钟接手无人处理的任务"),
    "every-night-forget-files-whose-days-are-over": _("每天 3:50 删除过期的导出文件"),
    "every-night-forget-notices-whose-days-are-over": _("每天 4:20 删除过期的站内信与客户消息"),
    "every-hour-refuse-exports-that-nobody-approved": _("每小时让三天无人审批的导出失效"),
    "every-ten-seconds-send-waiting-mail": _("每 10 秒发送待发邮件"),
}
