"""Numbers of the made-up world: well-formed, different, and nobody's."""

import pytest

from org.phones import clean_phone
from partnercenter.world import identifiers, plan

# The example in the standard GB 32100-2015.
STANDARD = "91350100M000100Y43"
# To operators: 工业和信息化部, 我国公众移动通信网网号及 H0 分配情况 (to March 2023), row 15X.
ASSIGNED_15 = {"150", "151", "152", "153", "155", "156", "157", "158", "159"}


def is_valid_credit_code(code: str) -> bool:
    """GB 32100-2015 written once more: 18 characters, weights 3**i mod 31, sum divisible by 31."""
    values = {c: i for i, c in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
    weights = [pow(3, i, 31) for i in range(17)] + [1]
    if len(code) != 18 or not set(code) <= set(values):
        return False
    return sum(values[c] * w for c, w in zip(code, weights, strict=True)) % 31 == 0


def is_valid_organisation_code(nine: str) -> bool:
    """GB 11714-1997: the ninth character makes the weighted sum divisible by 11."""
    values = [int(c, 36) for c in nine[:8]] + [10 if nine[8] == "X" else int(nine[8])]
    return sum(v * w for v, w in zip(values, (3, 7, 9, 10, 5, 8, 4, 2, 1), strict=True)) % 11 == 0


def test_the_check_knows_the_example_of_the_standard():
    assert is_valid_credit_code(STANDARD)
    assert not is_valid_credit_code(STANDARD[:-1] + "5")


def test_credit_codes_are_valid_inside_and_out():
    for index in range(5_000):
        code = identifiers.credit_code("440300", index)
        assert is_valid_credit_code(code), code
        assert is_valid_organisation_code(code[8:17]), code


def test_credit_codes_name_their_region_and_an_unissued_series():
    code = identifiers.credit_code("330100", 7)
    assert code.startswith("91330100YX")


def test_phones_lie_in_a_series_assigned_to_no_operator_and_still_parse():
    for index in range(2_000):
        phone = identifiers.phone(index)
        assert phone[:3] not in ASSIGNED_15 and phone.startswith("15")
        assert clean_phone(phone) == phone


@pytest.mark.parametrize(
    "make",
    [
        identifiers.phone,
        identifiers.cloud_number,
        lambda index: identifiers.credit_code("110000", index),
    ],
)
def test_no_two_numbers_are_equal(make):
    counters = [*range(20_000), *range(plan.FIRST_PERSON, plan.FIRST_PERSON + 20_000)]
    assert len({make(index) for index in counters}) == len(counters)
