"""What every group of settings has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]

Seconds = Annotated[float, Field(ge=0)]

Weight = Annotated[float, Field(gt=0)]


PathText = Annotated[str, "path"]
"""Text that names a file or folder; from Python a path object is taken too."""


class Section(BaseModel):
    """A group of settings: closed, so that a misspelt key is an error, and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
