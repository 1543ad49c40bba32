"""The routines in the network file: checklists."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dispatch.network import Checklist


class ChecklistPart(BaseModel):
    """[[checklist]]"""

    model_config = ConfigDict(extra="allow")  # unknown keys are told about

    when: Literal["infection"] | None = None
    category: str | None = None
    items: Annotated[list[dict[str, Annotated[str, Field(min_length=1, max_length=120)]]], Field(min_length=1, max_length=12)]

    @model_validator(mode="after")
    def _about_one(self) -> "ChecklistPart":
        if (self.when is None) == (self.category is None):
            raise ValueError("say `when` or `category`, and not both")
        if not all(self.items):
            raise ValueError("an item is empty")
        return self

    def checklist(self) -> Checklist:
        """The checklist as the domain knows it."""
        return Checklist(self.when, self.category, tuple(self.items))
