"""Laws of durations: how a stay, a delay or a wait is distributed, as a scenario writes it.

Every duration is in days. A law is given by its mean (or median) and one measure of spread;
which keys belong to which law stands in `PARAMETERS`.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from flexsim.message import Message

LawName = Literal[
    "exponential",
    "gamma",
    "lognormal",
    "weibull",
    "fixed",
    "uniform",
    "empirical",
    "mixture",
]

#: For each law: the sets of keys that determine it (any one of the sets, nothing else).
PARAMETERS: dict[str, list[set[str]]] = {
    "exponential": [{"mean_days"}, {"median_days"}],
    "fixed": [{"mean_days"}],
    "uniform": [{"low_days", "high_days"}],
    "gamma": [
        {"mean_days", "sd_days"},
        {"mean_days", "cv"},
        {"mean_days", "shape"},
        {"mean_days", "median_days"},
    ],
    "weibull": [
        {"mean_days", "sd_days"},
        {"mean_days", "cv"},
        {"mean_days", "shape"},
        {"mean_days", "median_days"},
    ],
    "lognormal": [
        {"mean_days", "sd_days"},
        {"mean_days", "cv"},
        {"mean_days", "log_sd"},
        {"mean_days", "median_days"},
        {"median_days", "log_sd"},
    ],
    "empirical": [{"observed_days"}],
    "mixture": [{"parts"}],
}

#: Longer durations (and larger counts) are slips of the pen.
MOST = 1_000_000
#: Units stand in the schema, from which the reference page is made.
DAYS: dict[str, JsonValue] = {"unit": "days"}
SHARE: dict[str, JsonValue] = {"unit": "share"}
Amount = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False, json_schema_extra=DAYS)]
PositiveDays = Annotated[float, Field(gt=0, le=MOST, allow_inf_nan=False, json_schema_extra=DAYS)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, json_schema_extra=SHARE)]

#: Where the numbers of one entry come from: key of the entry -> publication and table or section,
#: or `assumption: why`.
Sources = Annotated[
    dict[str, str],
    Field(description="where each number comes from: a publication, or `assumption: why`"),
]


class Strict(BaseModel):
    """Base of every part of a scenario: unknown keys and converted types are refused."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        populate_by_name=True,
        defer_build=True,  # each part within the whole only, and not before it is needed
    )

    def __hash__(self) -> int:
        """That of the object itself, since a part may hold mappings, which have none.

        What follows from one part alone can so be worked out once for all scenarios that share the
        part (`functools.lru_cache`). Equal parts are not known as one: their mappings may be in
        another order.
        """
        return id(self)


class Law(Strict):
    """A law of durations in days, for instance ``{law: lognormal, mean_days: 15, log_sd: 1.4}``."""

    model_config = ConfigDict(json_schema_extra=DAYS)

    law: LawName = Field(description="family of the law")
    mean_days: Days | None = Field(None, description="mean, days")
    median_days: PositiveDays | None = Field(None, description="median, days")
    sd_days: PositiveDays | None = Field(None, description="standard deviation, days")
    cv: Positive | None = Field(None, description="standard deviation divided by the mean")
    log_sd: Positive | None = Field(
        None, description="standard deviation of the logarithm (lognormal)"
    )
    shape: Positive | None = Field(None, description="shape parameter (gamma, weibull)")
    low_days: Days | None = Field(None, description="shortest duration, days (uniform)")
    high_days: PositiveDays | None = Field(None, description="longest duration, days (uniform)")
    observed_days: Annotated[list[Days], Field(min_length=1)] | None = Field(
        None,
        description="observed durations in days, drawn with equal chance (empirical)",
    )
    parts: dict[str, MixturePart] | None = Field(
        None, description="named parts of a mixture, each a share and a law"
    )

    @model_validator(mode="after")
    def _determined(self) -> Law:
        given = {
            name
            for name in type(self).model_fields
            if name != "law" and getattr(self, name) is not None
        }
        allowed = PARAMETERS[self.law]
        if given not in allowed:
            choices = " or ".join(" + ".join(sorted(keys)) for keys in allowed)
            raise ValueError(
                Message(
                    "law {law} takes {choices} (got {given}; write `key: null` to drop a key"
                    " that another file gives)",
                    law=self.law,
                    choices=choices,
                    given=" + ".join(sorted(given)) or Message("nothing"),
                )
            )
        if self.law == "uniform" and not _value(self.low_days) < _value(self.high_days):
            raise ValueError(Message("low_days must be below high_days"))
        if self.law not in ("fixed", "uniform", "empirical", "mixture") and self.mean_days == 0:
            raise ValueError(Message("mean_days of law {law} must be above 0", law=self.law))
        if (
            self.mean_days is not None
            and self.median_days is not None
            and not self.median_days < self.mean_days
        ):
            raise ValueError(
                Message("median_days must be below mean_days (stays have a long right tail)")
            )
        if self.parts is not None:
            total = math.fsum(part.share for part in self.parts.values())
            if abs(total - 1) > 1e-9:
                raise ValueError(_sum_message({k: p.share for k, p in self.parts.items()}))
        return self


class MixturePart(Strict):
    """One part of a mixture: its share and its law (not itself a mixture)."""

    share: Share = Field(description="share of durations that follow this part")
    stay: Law = Field(description="the law of this part")

    @model_validator(mode="after")
    def _flat(self) -> MixturePart:
        if self.stay.law == "mixture":
            raise ValueError(
                Message("a part of a mixture cannot be a mixture; list its parts instead")
            )
        return self


def _value(number: float | None) -> float:
    return math.nan if number is None else number


def _sum_message(shares: dict[str, Any]) -> str:
    entries = ", ".join(f"{name} {share:g}" for name, share in shares.items())
    return Message(
        "shares must sum to 1 (they sum to {total}: {entries})",
        total=f"{math.fsum(shares.values()):.6g}",
        entries=entries,
    )


def checked_shares(shares: dict[str, float]) -> dict[str, float]:
    """Shares that sum to 1 within 1e-9, normalised; raises ValueError otherwise."""
    total = math.fsum(shares.values())
    if shares and abs(total - 1) > 1e-9:
        raise ValueError(_sum_message(shares))
    return {name: share / total for name, share in shares.items()}
