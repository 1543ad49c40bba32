"""`budkavle init`: a commented network to begin with."""

import secrets
from pathlib import Path

from service.settings import SettingsError

TEMPLATES = Path(__file__).parent / "networks"


def write_starter(directory: Path) -> list[Path]:
    """Write network.toml, people.csv and budkavle.env into `directory`; returns what was written.

    budkavle.env has new random keys and is readable by its owner alone; the carrier's own user name and password are left
    to fill in. Raises SettingsError when a file is there already: nothing is overwritten.
    """
    directory.mkdir(parents=True, exist_ok=True)
    contents = {
        "network.toml": (TEMPLATES / "starter.toml").read_text(encoding="utf-8"),
        "people.csv": (TEMPLATES / "starter-people.csv").read_text(encoding="utf-8"),
        "budkavle.env": _environment(),
    }
    paths = [directory / name for name in contents]
    if existing := [str(path) for path in paths if path.exists()]:
        raise SettingsError(f"there already: {', '.join(existing)}; nothing was written")
    for path, text in zip(paths, contents.values(), strict=True):
        path.touch(mode=0o600 if path.suffix == ".env" else 0o644)
        path.write_text(text, encoding="utf-8")
    return paths


def _environment() -> str:
    return f"""\
# Secrets of this network. Keep this file private. Read it into the environment:
#   set -a; . ./budkavle.env; set +a            (or EnvironmentFile= in systemd)
BUDKAVLE_SECRET_KEY={secrets.token_urlsafe(32)}
BUDKAVLE_API_TOKEN={secrets.token_urlsafe(24)}

# 46elks: user name and password of the account, from its dashboard.
BUDKAVLE_ELKS_USERNAME=
BUDKAVLE_ELKS_PASSWORD=
# Made up here; it is the secret part of the address that 46elks calls:
#   sms_url = https://YOUR-ADDRESS/hooks/46elks/THIS-KEY/sms
BUDKAVLE_ELKS_KEY={secrets.token_urlsafe(24)}

# Twilio, and a spare phone with SMS Gateway for Android: only for networks that have them among their carriers.
BUDKAVLE_TWILIO_ACCOUNT=
BUDKAVLE_TWILIO_TOKEN=
BUDKAVLE_ANDROID_SMS_API=
BUDKAVLE_ANDROID_SMS_USERNAME=
BUDKAVLE_ANDROID_SMS_PASSWORD=
# BUDKAVLE_ANDROID_SMS_KEY={secrets.token_urlsafe(24)}

# A Telegram bot for volunteers (deploy/running.md): the token from @BotFather, and the secret that updates come with.
BUDKAVLE_TELEGRAM_TOKEN=
# BUDKAVLE_TELEGRAM_SECRET={secrets.token_urlsafe(24)}

# A mail server, for contacts that are e-mail addresses (deploy/running.md). Not needed without any.
BUDKAVLE_SMTP_HOST=
BUDKAVLE_SMTP_USERNAME=
BUDKAVLE_SMTP_PASSWORD=
BUDKAVLE_MAIL_FROM=

# Where the service can be reached from outside (for delivery reports and links), and where it listens.
BUDKAVLE_PUBLIC_URL=
BUDKAVLE_LISTEN=127.0.0.1:8080
"""
