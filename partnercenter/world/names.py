"""Chinese names from parts of our own: no list of real companies or people is used.

Each part carries its pinyin initials, so that a million names need no dictionary look-up. Parts
are chosen so that no reading depends on the neighbour; tests/world compares with core.search.
"""

from dataclasses import dataclass
from functools import cache
from random import Random

from pypinyin import lazy_pinyin

from core.search import initials

# name, division code (GB/T 2260), how many of 200 companies are there
_REGIONS = """
深圳 440300 22|北京 110000 20|上海 310000 20|广州 440100 16|杭州 330100 14|成都 510100 9
南京 320100 8|苏州 320500 8|武汉 420100 8|西安 610100 6|天津 120000 5|长沙 430100 5
青岛 370200 4|合肥 340100 5|宁波 330200 4|郑州 410100 5|济南 370100 4|佛山 440600 4
东莞 441900 4|厦门 350200 4|福州 350100 3|无锡 320200 3|大连 210200 2|沈阳 210100 2
昆明 530100 2|贵阳 520100 2|南昌 360100 2|石家庄 130100 2|太原 140100 1|哈尔滨 230100 1
珠海 440400 2|中山 442000 1|温州 330300 2|嘉兴 330400 1|常州 320400 1|南通 320600 1
烟台 370600 1|海口 460100 1|南宁 450100 1|兰州 620100 1
"""
_BRAND_STARTS = (
    "云华盛鼎宏瑞海天创金恒信嘉星汇联宇鹏安德凯润佳蓝锐优卓锦景东南北新启智远博明百万方中永久众同双"
    "飞腾骏亿正元泽晨晶鸿伟力康精奥捷迅"
)
_BRAND_ENDS = (
    "达泰信源诚通航隆昌润丰益科康成远帆明创盛鼎宇辰光锐捷维思途联禾和腾飞力拓普瑞嘉业邦安博洋海川峰"
    "林森阳晖雅致芯云图域城桥"
)
_TRADES = """
科技 网络科技 信息技术 软件 数据服务 电子商务 智能科技 智能装备 物联网科技 通信技术 半导体 光电科技
电子 自动化设备 精密制造 机械 汽车零部件 新材料 新能源 环保科技 建筑工程 装饰工程 商贸 贸易 进出口
供应链管理 物流 仓储服务 医疗科技 生物科技 医药 健康管理 教育科技 文化传媒 广告 影视 体育文化
餐饮管理
酒店管理 旅游 农业科技 食品 服饰 家居 化工 检测技术 管理咨询 人力资源
金融信息服务 物业服务 安防技术 游戏
"""
# What a partner, who sells the cloud, calls its trade.
_PARTNER_TRADES = (
    "科技 网络科技 信息技术 软件 数据服务 智能科技 通信技术 云计算科技 系统集成 数字科技"
)
_ENDINGS = (
    ("有限公司",) * 84 + ("股份有限公司",) * 7 + ("有限责任公司",) * 5 + ("集团有限公司",) * 4
)

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
    "姚卢姜崔钟谭陆汪范金石廖贾韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉鑫宇浩然子轩梓涵雨欣怡佳琪思远志国建华晓东海波"
    "鹏飞鸿凯健俊峰博睿婷雪梅琳玲燕红春菊兰凤洁莉雯倩颖萍晨昊天泽铭瑞嘉诚毅恒安宁康泰立新"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name with its pinyin initials, a Latin spelling, and the division code of its place."""

    text: str
    initials: str
    latin: str
    region: str = ""


@cache
def _regions() -> list[tuple[str, str, str]]:
    rows = [entry.split() for entry in _REGIONS.replace("\n", "|").split("|") if entry]
    return [(name, initials(name), code) for name, code, share in rows for _ in range(int(share))]


@cache
def _brands() -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    return _spelled(_BRAND_STARTS), _spelled(_BRAND_ENDS)


@cache
def _trades(words: str) -> list[tuple[str, str]]:
    return [(word, initials(word)) for word in words.split()]


@cache
def _endings() -> list[tuple[str, str]]:
    known = {word: initials(word) for word in set(_ENDINGS)}
    return [(word, known[word]) for word in _ENDINGS]


@cache
def _people() -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    return _spelled(_SURNAMES), _spelled(_GIVEN)


def _spelled(characters: str) -> list[tuple[str, str, str]]:
    """Each character once, with its initial and its pinyin."""
    return [(c, initials(c), lazy_pinyin(c)[0]) for c in dict.fromkeys(characters)]


def company(rng: Random, *, trades: str = _TRADES) -> Name:
    """`深圳云帆科技有限公司`, sometimes `深圳市云帆…` or `云帆（深圳）科技…`."""
    draw = rng.random
    regions, (starts, ends), known, endings = _regions(), _brands(), _trades(trades), _endings()
    place, place_initials, code = regions[int(draw() * len(regions))]
    first, second = starts[int(draw() * len(starts))], ends[int(draw() * len(ends))]
    brand, brand_initials, latin = first[0] + second[0], first[1] + second[1], first[2] + second[2]
    if draw() < 0.45:
        third = ends[int(draw() * len(ends))]
        brand, brand_initials = brand + third[0], brand_initials + third[1]
    trade, trade_initials = known[int(draw() * len(known))]
    ending, ending_initials = endings[int(draw() * len(endings))]
    form = draw()
    if form < 0.10:
        start, start_initials = f"{brand}（{place}）", f"{brand_initials}({place_initials})"
    elif form < 0.35:
        start, start_initials = f"{place}市{brand}", f"{place_initials}s{brand_initials}"
    else:
        start, start_initials = place + brand, place_initials + brand_initials
    text = start + trade + ending
    return Name(text, start_initials + trade_initials + ending_initials, latin, code)


def partner(rng: Random) -> Name:
    """A company whose trade is selling information technology."""
    return company(rng, trades=_PARTNER_TRADES)


def person(rng: Random) -> Name:
    """`王晓东`, `李敏`."""
    surnames, given = _people()
    parts = [surnames[int(rng.random() * len(surnames))]]
    parts += [given[int(rng.random() * len(given))] for _ in range(1 if rng.random() < 0.3 else 2)]
    text, letters, latin = ("".join(column) for column in zip(*parts, strict=True))
    return Name(text, letters, latin)
