"""Numbers that are well-formed, never equal, and belong to nobody.

Each is a one-to-one scramble of a counter: no set of used numbers is kept, and two different
counters cannot give the same number.
"""

# The characters of GB 32100-2015: no I, O, S, V, Z.
_CREDIT_CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUE = {c: i for i, c in enumerate(_CREDIT_CHARS)}
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_BODY_VALUE = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

# 154 is assigned to no operator: 工业和信息化部, 我国公众移动通信网网号及 H0 分配情况 (to March
# 2023) lists 150–153 and 155–159 only. A number in it reaches no exchange, so it cannot ring.
SILENT_PREFIX = "154"
_PHONES = 10**8

_NUMBERS = 2**128
# Multiplying by an odd number is one-to-one modulo 2**128, and so is x ^ (x >> n).
_NUMBER_STEPS = (0x9E3779B97F4A7C15F39CC0605CEDC835, 0xD6E8FEB86659FD93A0761D6478BD642F)
_BODIES = 31**6


def phone(index: int) -> str:
    """A mobile number that parses and reaches nobody. `index` below 100 million."""
    return f"{SILENT_PREFIX}{(index * 61_803_399 + 27_182_818) % _PHONES:08d}"


def cloud_number(index: int) -> str:
    """客户ID: 32 hex digits, as the vendor writes them."""
    mixed = index * _NUMBER_STEPS[0] % _NUMBERS
    return f"{(mixed ^ (mixed >> 61)) * _NUMBER_STEPS[1] % _NUMBERS:032x}"


def credit_code(region: str, index: int) -> str:
    """统一社会信用代码 of an enterprise (91) in a region; GB 32100-2015 with GB 11714 inside.

    Organisation codes beginning with Y have not been issued, so the code is nobody's.
    """
    rest, body = (index * 2_971_215_073 + 433_494_437) % _BODIES, ""
    for _ in range(6):
        rest, digit = divmod(rest, 31)
        body += _CREDIT_CHARS[digit]
    body = f"YX{body}"
    seventeen = f"91{region}{body}{_body_check(body)}"
    return seventeen + credit_check(seventeen)


def _body_check(body: str) -> str:
    """The ninth character of an organisation code (GB 11714-1997)."""
    total = sum(_BODY_VALUE[c] * w for c, w in zip(body, _BODY_WEIGHTS, strict=True))
    check = 11 - total % 11
    return "X" if check == 10 else "0" if check == 11 else str(check)


def credit_check(seventeen: str) -> str:
    """The check character of a 统一社会信用代码 (GB 32100-2015, appendix A)."""
    total = sum(_CREDIT_VALUE[c] * w for c, w in zip(seventeen, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_CHARS[(31 - total % 31) % 31]
