from . import columns, filters
from .engine import List, Tab

__all__ = ["List", "Tab", "columns", "filters"]
