"""Tiers: `pytest -m fast`, the ordinary run (`ci`), and `pytest -m nightly`."""

import os

import pytest
from hypothesis import HealthCheck, settings

#: Networks are large to draw and slow to shrink; that is no fault of a test.
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

settings.register_profile(
    "fast", max_examples=40, deadline=None, derandomize=True, suppress_health_check=SLOW
)
settings.register_profile("ci", settings.get_profile("fast"), max_examples=400)
settings.register_profile(
    "nightly", settings.get_profile("fast"), max_examples=10_000, derandomize=False, print_blob=True
)


def pytest_configure(config: pytest.Config) -> None:
    """As many random examples as the tier allows, or another that FLEXSIM_TIER names."""
    chosen = config.option.markexpr
    tier = chosen if chosen in ("fast", "nightly") else "ci"
    settings.load_profile(os.environ.get("FLEXSIM_TIER", tier))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What belongs to no longer tier is fast."""
    for item in items:
        if not any(item.get_closest_marker(tier) for tier in ("ci", "nightly")):
            item.add_marker("fast")
