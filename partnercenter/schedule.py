"""What happens by the clock, each entry named by a sentence. Times are Asia/Shanghai.

Every task may run twice, or in two beats at once; one that could not be started in time is
dropped (`expires`, seconds), because the next one does the same work.
"""

from datetime import timedelta

from celery.schedules import crontab

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
    # Somebody may be waiting for a code, before the page that asks for it.
    "every-ten-seconds-send-waiting-mail": {
        "task": "activity.tasks.send_mail",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
}
