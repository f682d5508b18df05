"""Tiers of random testing: FLEXSIM_TIER=fast, ci (default) or nightly."""

import os

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
settings.load_profile(os.environ.get("FLEXSIM_TIER", "ci"))
