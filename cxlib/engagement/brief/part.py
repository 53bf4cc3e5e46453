"""What every block of a brief is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

OneOrMore = BeforeValidator(
    lambda given: (given,) if isinstance(given, str | int | dict) else given
)  # one needs no list
Share = Annotated[float, Field(ge=0, le=1)]
# Keys travel into file names, anchors and ids like "delivery:repair": no separators, no blanks, no path characters.
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
Delimiter = Annotated[str, Field(pattern=r"^([^\w\s\"]|\t|tab|blanks)$")]


class Part(BaseModel):
    """Base of every block of the brief: unknown names are mistakes, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)
