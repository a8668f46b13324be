from . import columns, filters
from .bulk import BulkAction
from .engine import List, Tab
from .layout import Layout

__all__ = ["BulkAction", "Layout", "List", "Tab", "columns", "filters"]
