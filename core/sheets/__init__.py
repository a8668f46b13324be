"""Tables that people send: a workbook or a CSV file, read by a process that is kept small.

`opened` is the one way in; what comes out is text, line by line (docs/mechanisms/imports.md).
"""

from .reading import LARGEST, MOST_LINES, NotReadable, Sheet, opened

__all__ = ["LARGEST", "MOST_LINES", "NotReadable", "Sheet", "opened"]
