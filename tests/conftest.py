"""What holds for every test: one thread, no model hub, and no way out of this machine."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"}


def _keep_inside(event: str, args: tuple[object, ...]) -> None:
    """Refuse name look-ups and connections that leave the machine; the error is no OSError, so that
    no retry loop swallows it.
    """
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = args[0]
    elif event in {"socket.connect", "socket.sendto", "socket.sendmsg"} and isinstance(
        args[1], tuple
    ):
        host = args[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if isinstance(host, str) and not _is_loopback(host):
        raise RuntimeError(f"a test tried to reach {host!r}; tests stay on this machine")


sys.addaudithook(_keep_inside)
