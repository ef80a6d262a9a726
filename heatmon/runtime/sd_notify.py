"""Tell systemd how we are; nothing happens when systemd did not start us."""

from __future__ import annotations

import os
import socket


def sd_notify(*lines: str) -> bool:
    """Send state lines such as ``READY=1``; False when there is nobody to tell, or nobody who listens.

    Never waits: a manager that does not read its mail must not stop the daemon.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address[0] == "@":
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
        notify.setblocking(False)
        try:
            notify.sendto("\n".join(lines).encode(), address)
        except OSError:
            return False
    return True


def watchdog_s() -> float | None:
    """The watchdog's interval in seconds, or None when it does not watch this process."""
    interval_us, pid = os.environ.get("WATCHDOG_USEC"), os.environ.get("WATCHDOG_PID")
    if not interval_us or (pid is not None and int(pid) != os.getpid()):
        return None
    return int(interval_us) / 1e6
