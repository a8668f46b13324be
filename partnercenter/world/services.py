"""云服务 of the made-up cloud: name, category, the stem of resource names, CNY a month."""

from dataclasses import dataclass

PROVIDER = "示例云"


@dataclass(frozen=True)
class CloudService:
    name: str
    category: str
    stem: str
    price: float


SERVICES = (
    CloudService("弹性云服务器", "计算", "ecs", 260),
    CloudService("对象存储", "存储", "obs", 45),
    CloudService("云硬盘", "存储", "evs", 80),
    CloudService("弹性公网IP", "网络", "eip", 115),
    CloudService("云数据库", "数据库", "rds", 420),
    CloudService("内容分发网络", "网络", "cdn", 150),
    CloudService("容器引擎", "容器", "cce", 980),
    CloudService("分布式缓存", "数据库", "dcs", 310),
    CloudService("数据仓库", "大数据", "dws", 3200),
    CloudService("人工智能平台", "人工智能", "ai", 5600),
    CloudService("短信服务", "企业应用", "sms", 60),
    CloudService("主机安全", "安全", "hss", 90),
)
# Which services the n-th of a customer's services may be, by index above.
_FIRST = (0, 0, 0, 0, 0, 1, 1, 4, 5, 10)
_MORE = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11)


def pick(draws: list[float]) -> list[int]:
    """As many different services as there are draws from [0, 1); the main one comes first."""
    chosen = [_FIRST[int(draws[0] * len(_FIRST))]]
    for draw in draws[1:]:
        left = [service for service in _MORE if service not in chosen]
        chosen.append(left[int(draw * len(left))])
    return chosen
