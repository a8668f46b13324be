"""What a partner notes of its customers for itself: labels and remarks (customers_coupons.md §8).

Neither the customer nor another partner, a distributor included, ever reads them.
"""
