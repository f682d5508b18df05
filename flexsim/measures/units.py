"""Units of the measures."""

from __future__ import annotations

from functools import cache

#: Unit of each measure; a measure not named here has the unit of its longest prefix that is.
UNITS = {
    "occupied": "places",
    "utilisation": "share",
    "full_share": "share",
    "over_norm": "share",
    "over_norm_mean": "places",
    "over_norm_peak": "places",
    "nights": "per year",
    "wait": "days",
    "wait_over": "share",
    "placed_within_24h": "share",
    "p_wait": "share",
    "queue": "requests",
    "stay": "days",
    "treatment": "days",
    "completed_treatment_days": "per year",
    "completed_treatment_share": "share",
    "blocked_beds": "places",
    "days_awaiting_right_offer": "per year",
    "transfers": "per year",
    "turned_away": "per year",
    "gave_up": "per year",
    "declined": "per year",
    "not_in_target_group": "per year",
    "readmission": "share",
    "throughput": "per year",
    "citizens": "per year",
    "share_from_wards": "share",
}


@cache
def unit(measure: str) -> str:
    """Unit of a measure."""
    if measure.endswith("_share") and measure not in UNITS:
        return "share"
    known = [name for name in UNITS if measure == name or measure.startswith(name + "_")]
    return UNITS[max(known, key=len)] if known else ""
