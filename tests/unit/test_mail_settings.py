"""Settings of e-mail: what must be there when the network writes e-mail, and what is refused at the start."""

import pytest

from bots.carriers.email_smtp import MailServer
from service.settings import Settings, SettingsError, load_settings, require_secrets

FULL = {"SMTP_HOST": "mail.kommun.example", "MAIL_FROM": "svara-inte@kommun.example"}

MISSING = [
    ("nothing is set", {}, True, ["SMTP_HOST", "MAIL_FROM"]),
    ("nobody is written to", {}, False, []),
    ("a server without login", FULL, True, []),
    ("no sender", {"SMTP_HOST": "mail.kommun.example"}, True, ["MAIL_FROM"]),
    ("a user name without password", {**FULL, "SMTP_USERNAME": "budkavle"}, True, ["SMTP_PASSWORD"]),
    ("a login", {**FULL, "SMTP_USERNAME": "budkavle", "SMTP_PASSWORD": "x"}, True, []),
    ("an empty value counts as none", {**FULL, "SMTP_HOST": ""}, True, ["SMTP_HOST"]),
]


@pytest.mark.parametrize(("given", "mail", "names"), [row[1:] for row in MISSING], ids=[row[0] for row in MISSING])
def test_what_is_missing_stops_the_start(
    given: dict[str, str], mail: bool, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUDKAVLE_SECRET_KEY", "a-secret-key-of-some-length")
    for name, value in given.items():
        monkeypatch.setenv(f"BUDKAVLE_{name}", value)
    settings = load_settings()
    assert settings.missing((), mail) == [f"BUDKAVLE_{name}" for name in names]
    if names:
        with pytest.raises(SettingsError, match=f"BUDKAVLE_{names[0]}"):
            require_secrets(settings, (), mail)
    else:
        require_secrets(settings, (), mail)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_FROM", "ingen adress"),
        ("MAIL_FROM", "a@b.se\r\nBcc: c@d.se"),
        ("MAIL_FROM", "två@kommun.se, tre@kommun.se"),
        ("SMTP_SECURITY", "ssl"),
        ("SMTP_PORT", "0"),
        ("SMTP_PORT", "post"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BUDKAVLE_{name}", value)
    with pytest.raises(SettingsError, match=f"BUDKAVLE_{name}"):
        load_settings()


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_each_kind_of_encryption_has_its_port(security: str, port: int) -> None:
    settings = Settings(smtp_host="m.example", smtp_security=security, mail_from="a@b.example")  # type: ignore[arg-type]
    assert settings.mail_server() == MailServer("m.example", port, security)  # type: ignore[arg-type]
    assert Settings(smtp_host="m.example", smtp_port=2525).mail_server() == MailServer("m.example", 2525)
    assert Settings().mail_server() is None


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("svara-inte@kommun.example", "Mittorts hjälpnätverk <svara-inte@kommun.example>"),
        ("Hjälpen <svara-inte@kommun.example>", "Hjälpen <svara-inte@kommun.example>"),
    ],
)
def test_the_sender_has_the_networks_name(given: str, shown: str) -> None:
    assert str(Settings(mail_from=given).mail_sender("Mittorts hjälpnätverk")) == shown
    assert Settings().mail_sender("x") is None
