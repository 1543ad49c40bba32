"""Ports for servers that tests start: each process of a run has a range of its own, so that two never want the same."""

import itertools
import os
import socket

_WORKER = int("".join(c for c in os.environ.get("PYTEST_XDIST_WORKER", "0") if c.isdigit()) or 0)
_FIRST, _MANY = 20_000, 1_500
_ports = itertools.cycle(range(_FIRST + _WORKER * _MANY, _FIRST + (_WORKER + 1) * _MANY))
for _ in range(os.getpid() * 97 % _MANY):  # two runs at once on one machine do not begin at the same one
    next(_ports)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    for _ in range(_MANY):
        port = next(_ports)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")
