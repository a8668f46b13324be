"""How much may be noted (customers_coupons.md §8.1, §8.3)."""

NAME_LONGEST = 64
LABELS_OF_CUSTOMER = 5
LABELS_OF_PARTNER = 100  # what a person can still choose from; decision 0016
REMARK_LONGEST = 255
