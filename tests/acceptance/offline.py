"""A whole request on a machine that has no network at all. Run as a program in a network namespace of its own, where nothing is
but the loopback: prints what the kernel has counted there as attempts to reach anything else.

The kernel counts each packet and each connection for which it finds no way (OutNoRoutes), name look-ups included.
"""

import asyncio
import contextlib
import fcntl
import json
import socket
import struct
import sys
from pathlib import Path

from tests.acceptance.modem_program import ModemProgram, whole_request
from tests.conftest import scratch_directory

SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def attempts() -> int:
    """How often somebody in this namespace has tried to reach what cannot be reached."""
    names, values = [line.split()[1:] for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:")]
    six = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return int(dict(zip(names, values, strict=True))["OutNoRoutes"]) + int(six["Ip6OutNoRoutes"])


def refused() -> int:
    """How many attempts are counted when somebody does try: an address, and a name."""
    before = attempts()
    with contextlib.closing(socket.socket()) as channel, contextlib.suppress(OSError):
        channel.connect(("192.0.2.1", 443))
    with contextlib.suppress(OSError):
        socket.getaddrinfo("api.46elks.com", 443)
    return attempts() - before


async def main() -> None:
    """The request; what was tried meanwhile; what is counted when it is tried on purpose; and what the service complained of."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"], "this is a machine with a network: run it in a namespace"
    with contextlib.closing(socket.socket()) as channel:
        fcntl.ioctl(channel, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
    with scratch_directory() as directory:
        program = ModemProgram(Path(directory))
        await program.set_up()
        async with program.serving(), program.smsd.running():
            await whole_request(program)
        report = {"tried": attempts(), "counted": refused(), "complaints": program.complaints()}
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
