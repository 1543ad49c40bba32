"""What the process is told from outside: the environment over the configuration file. Secrets only from the environment."""

from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bots.carriers.android_sms import API as ANDROID_SMS_API
from bots.carriers.elks46 import API as ELKS_API
from bots.carriers.email_smtp import PORTS, MailServer, Security
from bots.carriers.twilio import API as TWILIO_API
from bots.telegram import API as TELEGRAM_API
from dispatch.email_addresses import read_email

HOW = "see 'budkavle doctor'"


class SettingsError(Exception):
    """The process cannot start as it is configured; str() is one line that says what to do."""


class Settings(BaseSettings):
    """Every name is read from the environment as BUDKAVLE_NAME. Empty counts as not given."""

    model_config = SettingsConfigDict(env_prefix="BUDKAVLE_", env_ignore_empty=True, extra="ignore")

    database_url: SecretStr | None = None  # none: embedded PostgreSQL under data_dir
    data_dir: Path = Path("budkavle-data")
    config: Path | None = None
    listen: str = "127.0.0.1:8080"
    public_url: str | None = None
    secret_key: SecretStr | None = None
    api_token: SecretStr | None = None
    elks_api: str = ELKS_API
    elks_username: str | None = None
    elks_password: SecretStr | None = None
    elks_key: SecretStr | None = None
    twilio_api: str = TWILIO_API
    twilio_account: str | None = None
    twilio_token: SecretStr | None = None
    android_sms_api: str = ANDROID_SMS_API
    android_sms_username: str | None = None
    android_sms_password: SecretStr | None = None
    android_sms_key: SecretStr | None = None  # what the phone signs with; also the secret part of the address that it calls
    gammu_database_url: SecretStr | None = None  # none: a database "gammu" beside the embedded one
    telegram_api: str = TELEGRAM_API
    telegram_token: SecretStr | None = None  # none: the network has no bot
    telegram_secret: SecretStr | None = None  # what Telegram says with each update
    telegram_updates: Literal["auto", "webhook", "polling"] = "auto"  # auto: webhook where there is a public address
    map_tiles: str | None = None  # https://tiles.example/{z}/{x}/{y}.png; none: the map draws areas and pins only
    smtp_host: str | None = None
    smtp_port: int | None = Field(default=None, ge=1, le=65535)  # none: what smtp_security is used on everywhere
    smtp_username: str | None = None  # none: the server asks for no login
    smtp_password: SecretStr | None = None
    smtp_security: Security = "starttls"
    mail_from: str | None = None
    pool_size: int = Field(default=8, ge=2, le=80)

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError("must be host:port, such as 127.0.0.1:8080")
        return value

    @field_validator("public_url", "elks_api", "twilio_api", "android_sms_api", "telegram_api", "map_tiles")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value is not None and (not value.isprintable() or read_email(parseaddr(value)[1]) is None):
            raise ValueError("must be an address, such as svara-inte@kommun.se or Hjälpnätverket <svara-inte@kommun.se>")
        return value

    @property
    def host(self) -> str:
        """The address that the service listens on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port that the service listens on."""
        return int(self.listen.rpartition(":")[2])

    @property
    def telegram_webhook(self) -> tuple[str, str] | None:
        """The address that Telegram is to send updates to, and the secret that they come with; None when they are fetched."""
        if self.telegram_updates == "polling" or not (self.public_url and self.telegram_secret):
            return None
        return f"{self.public_url}/hooks/telegram", self.telegram_secret.get_secret_value()

    def mail_server(self) -> MailServer | None:
        """How the mail server is reached; None without one."""
        if not self.smtp_host:
            return None
        port = self.smtp_port or PORTS[self.smtp_security]
        password = self.smtp_password.get_secret_value() if self.smtp_password else None
        return MailServer(self.smtp_host, port, self.smtp_security, self.smtp_username, password)

    def mail_sender(self, network_name: str) -> Address | None:
        """The address that e-mail comes from, by the network's name unless MAIL_FROM has one; None without an address."""
        name, address = parseaddr(self.mail_from or "")
        return Address(name or network_name, addr_spec=address) if address else None

    def missing(self, carriers: tuple[str, ...], mail: bool = False) -> list[str]:
        """The names of what must be in the environment and is not. mail: does the network write e-mail?"""
        needed = {"SECRET_KEY": self.secret_key}
        for carrier in carriers:
            needed |= self._carrier_needs(carrier)
        needed |= self._telegram_needs()
        if mail:
            needed |= {
                "SMTP_HOST": SecretStr(self.smtp_host) if self.smtp_host else None,
                "MAIL_FROM": SecretStr(self.mail_from) if self.mail_from else None,
            }
            if self.smtp_username:
                needed["SMTP_PASSWORD"] = self.smtp_password
        return [f"BUDKAVLE_{name}" for name, value in needed.items() if value is None or not value.get_secret_value()]

    def _carrier_needs(self, carrier: str) -> dict[str, SecretStr | None]:
        def told(value: str | None) -> SecretStr | None:
            return SecretStr(value) if value else None

        match carrier:
            case "46elks":
                return {
                    "ELKS_USERNAME": told(self.elks_username),
                    "ELKS_PASSWORD": self.elks_password,
                    "ELKS_KEY": self.elks_key,
                }
            case "twilio":
                return {"TWILIO_ACCOUNT": told(self.twilio_account), "TWILIO_TOKEN": self.twilio_token}
            case "android-sms":
                return {
                    "ANDROID_SMS_USERNAME": told(self.android_sms_username),
                    "ANDROID_SMS_PASSWORD": self.android_sms_password,
                    "ANDROID_SMS_KEY": self.android_sms_key,
                }
            case _:
                return {"GAMMU_DATABASE_URL": self.gammu_database_url} if self.database_url else {}

    def _telegram_needs(self) -> dict[str, SecretStr | None]:
        """A bot whose updates come by webhook needs the secret that they come with, and an address to come to."""
        if self.telegram_token is None:
            return {"TELEGRAM_TOKEN": None} if self.telegram_secret is not None else {}
        if self.telegram_updates == "webhook":
            address = SecretStr(self.public_url) if self.public_url else None
            return {"TELEGRAM_SECRET": self.telegram_secret, "PUBLIC_URL": address}
        by_webhook = self.telegram_updates == "auto" and self.public_url
        return {"TELEGRAM_SECRET": self.telegram_secret} if by_webhook else {}


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError with one line for every value that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        details = error.errors(include_input=False)
        wrong = "; ".join(f"BUDKAVLE_{str(e['loc'][0]).upper()} {e['msg'].removeprefix('Value error, ')}" for e in details)
        raise SettingsError(wrong or "the environment cannot be read") from None


def require_secrets(settings: Settings, carriers: tuple[str, ...], mail: bool = False) -> None:
    """Raises SettingsError when a secret is missing. Nothing has a built-in password. mail: see `Settings.missing`."""
    if missing := settings.missing(carriers, mail):
        raise SettingsError(f"missing in the environment: {', '.join(missing)} ({HOW})")
