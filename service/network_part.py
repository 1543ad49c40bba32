"""What all tables of a network file have in common."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A table of the file."""

    # Unknown keys are kept apart and told about (`unknown_keys`): a file for a newer release still starts.
    model_config = ConfigDict(extra="allow")
