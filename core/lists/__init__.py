from . import columns, filters
from .bulk import BulkAction
from .engine import List, Tab

__all__ = ["BulkAction", "List", "Tab", "columns", "filters"]
