"""What every group of settings has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]

Seconds = Annotated[float, Field(ge=0)]

Weight = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A group of settings: closed, so that a misspelt key is an error, and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
