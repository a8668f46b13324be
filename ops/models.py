from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskRun(models.Model):
    """定时任务: when a task of the schedule ran last, and how that ended. One row a task."""

    name = models.CharField(_("任务"), max_length=100, unique=True)
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("结束时间"), null=True)
    succeeded_at = models.DateTimeField(_("上次成功"), null=True)
    failed_at = models.DateTimeField(_("上次失败"), null=True)
    seconds = models.FloatField(_("用时（秒）"), null=True)
    # The class of the error and the task's id: enough to find the trace in the worker's log.
    error = models.CharField(_("错误"), max_length=100, blank=True, default="")
    error_id = models.CharField(_("日志编号"), max_length=32, blank=True, default="")

    class Meta:
        verbose_name = _("定时任务")
        verbose_name_plural = _("运行状况")

    def __str__(self) -> str:
        return self.name

    @property
    def has_failed(self) -> bool:
        """Whether it failed after its last success."""
        return bool(self.failed_at) and (
            self.succeeded_at is None or self.failed_at > self.succeeded_at  # type: ignore[operator]
        )
