from . import plans as plans
from . import promotions as promotions
from . import quotas as quotas
