"""Whether every planted fault still applies to the source: `./run check` asks it at once, since
the faults themselves are run last."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAULTS = sorted(Path(__file__).parent.glob("*.patch"))


def git(*words: str, where: Path) -> "subprocess.CompletedProcess[str]":
    # A copy may lie below somebody's repository, which git would then patch instead.
    env = os.environ | {"GIT_CEILING_DIRECTORIES": str(where.parent)}
    return subprocess.run(["git", *words], cwd=where, env=env, capture_output=True, text=True)


def why_not(fault: Path, where: Path) -> str:
    """What git has against the patch; nothing when it applies."""
    checked = git("apply", "--check", str(fault), where=where)
    return f"mend this fault: {fault.name}\n{checked.stderr}" if checked.returncode else ""


if __name__ == "__main__":
    stale = [why for fault in FAULTS if (why := why_not(fault, ROOT))]
    sys.exit("\n".join(stale) if stale else 0)
