"""What a network file says of Open311: a service group's case system, and our own service for other programs."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator

from dispatch.network import CaseSystem
from service.network_values import UNKNOWN_KEPT

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]  # SHA-256 in hex: the file holds no key itself


class GroupSystemPart(BaseModel):
    """[group.open311]: the group's own case system."""

    model_config = UNKNOWN_KEPT
    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    services: dict[str, str]
    jurisdiction_id: Annotated[str, Field(min_length=1)] | None = None
    # Only names of this kind: a network file must not be able to send another secret away.
    api_key_env: Annotated[str, Field(pattern=r"^BUDKAVLE_OPEN311_KEY_[A-Z0-9_]+$")] | None = None
    format: Literal["json", "xml"] = "json"
    send_address: bool = False
    acknowledges: Literal["received", "accepted"] = "accepted"
    caller_key: Hash | None = None

    @field_validator("services")
    @classmethod
    def _for_all(cls, value: dict[str, str]) -> dict[str, str]:
        if "*" not in value:
            raise ValueError('give the code for all other categories too: "*" = "…"')
        return value

    def system(self, group: str) -> CaseSystem:
        """The case system as the domain knows it. group: the key of its group."""
        key_name = self.api_key_env or f"BUDKAVLE_OPEN311_KEY_{group.upper().replace('-', '_')}"
        return CaseSystem(
            self.url.rstrip("/"), self.services, key_name, self.jurisdiction_id, self.format, self.send_address,
            self.acknowledges == "received", self.caller_key,
        )  # fmt: skip


class Open311Part(BaseModel):
    """[open311]: our requests for other programs. keys: SHA-256 of their keys, in hex."""

    model_config = UNKNOWN_KEPT
    jurisdiction_id: Annotated[str, Field(min_length=1)] | None = None
    keys: list[Hash] = []
