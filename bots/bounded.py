"""Reading what somebody else's server answers, and no more of it than is wanted."""

import aiohttp

PIECE = 65_536  # bytes read at a time


class TooLong(ValueError):
    """The answer is longer than anything that is expected."""


async def read_at_most(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body of the answer. most: bytes. Raises TooLong as soon as it has more."""
    content = bytearray()
    async for piece in response.content.iter_chunked(PIECE):
        content += piece
        if len(content) > most:
            raise TooLong(f"more than {most} bytes")
    return bytes(content)
