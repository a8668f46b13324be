from .certificates import Certificate as Certificate
from .coupons import Coupon as Coupon
from .coupons import CouponUse as CouponUse
from .quotas import Quota as Quota
from .records import CouponRecord as CouponRecord
from .whitelists import WhitelistItem as WhitelistItem
from .whitelists import WhitelistVersion as WhitelistVersion
