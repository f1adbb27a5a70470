"""What holds for all tests: no test is a timed test."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "vidtag", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("vidtag")
