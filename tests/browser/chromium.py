"""The browser that the tests drive: Debian's Chromium, or another that is there already.

As a program it ends with 0 when there is one, and otherwise says what is missing.
"""

import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "No Chromium, so the browser tests cannot run: sudo apt-get install chromium (or BUDKAVLE_CHROMIUM=/path/to/one)"


def find_chromium() -> str | None:
    """The program's path, or None when there is no Chromium on this machine. BUDKAVLE_CHROMIUM chooses another."""
    if chosen := os.environ.get("BUDKAVLE_CHROMIUM"):
        return shutil.which(chosen)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


if __name__ == "__main__":
    sys.exit(None if find_chromium() else MISSING)
