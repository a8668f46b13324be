from . import columns, filters
from .engine import List, Tab
from .layout import Layout

__all__ = ["Layout", "List", "Tab", "columns", "filters"]
