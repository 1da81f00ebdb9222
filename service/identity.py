"""Who holds a claim: a name for this process that tells, on the same machine, whether a former holder is dead."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PID_SPACE = Path("/proc/self/ns/pid")


def machine() -> str:
    """This host, this boot of it, and the space in which process ids count: what makes two ids comparable."""
    boot = _BOOT.read_text(encoding="ascii").strip()[:8] if _BOOT.exists() else "-"
    space = str(_PID_SPACE.stat().st_ino) if _PID_SPACE.exists() else "-"
    return f"{socket.gethostname()}/{boot}/{space}"


def owner() -> str:
    """The name under which this process takes claims."""
    return f"{machine()}:{os.getpid()}"


def is_dead(holder: str) -> bool:
    """Whether a holder is known to be gone: a process of this machine that is no more, or bore our own id before us.

    False where that cannot be known; the lease of such a holder runs out by itself.
    """
    where, _, pid = holder.rpartition(":")
    if where != machine() or not pid.isdecimal():
        return False
    if int(pid) == os.getpid():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
