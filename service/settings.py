"""What the process is told from outside: the environment over the configuration file. Secrets only from the environment."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bots.elks46 import API as ELKS_API

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
    pool_size: int = Field(default=8, ge=2, le=80)

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError("must be host:port, such as 127.0.0.1:8080")
        return value

    @field_validator("public_url", "elks_api")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else value

    @property
    def host(self) -> str:
        """The address that the service listens on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port that the service listens on."""
        return int(self.listen.rpartition(":")[2])

    def missing(self, carriers: tuple[str, ...]) -> list[str]:
        """The names of the secrets that must be in the environment and are not."""
        needed = {"SECRET_KEY": self.secret_key}
        if "46elks" in carriers:
            needed |= {
                "ELKS_USERNAME": SecretStr(self.elks_username) if self.elks_username else None,
                "ELKS_PASSWORD": self.elks_password,
                "ELKS_KEY": self.elks_key,
            }
        return [f"BUDKAVLE_{name}" for name, value in needed.items() if value is None or not value.get_secret_value()]


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError with one line for every value that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        details = error.errors(include_input=False)
        wrong = "; ".join(f"BUDKAVLE_{str(e['loc'][0]).upper()} {e['msg'].removeprefix('Value error, ')}" for e in details)
        raise SettingsError(wrong or "the environment cannot be read") from None


def require_secrets(settings: Settings, carriers: tuple[str, ...]) -> None:
    """Raises SettingsError when a secret is missing. Nothing has a built-in password."""
    if missing := settings.missing(carriers):
        raise SettingsError(f"missing in the environment: {', '.join(missing)} ({HOW})")
