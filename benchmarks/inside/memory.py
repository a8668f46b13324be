"""How much memory an act took."""

import resource
from pathlib import Path


def peak_mb() -> int:
    """This process's own peak; of its rusage, Linux begins at the size of whoever started it."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:  # macOS counts bytes, and afresh
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
