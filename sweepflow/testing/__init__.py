"""Tests that a sampling algorithm, a policy or a compute of your own must pass, for pytest."""

from contextlib import suppress

with suppress(ImportError):  # workers import what their trials do, and need no pytest
    import pytest

    pytest.register_assert_rewrite(*(f"{__name__}.{each}" for each in ("policies", "pools", "samplers")))
