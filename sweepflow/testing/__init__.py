"""Tests that a policy, a sampler, a kind of trial or a compute of your own must pass, for pytest."""

from contextlib import suppress

with suppress(ImportError):  # workers import what their trials do, and need no pytest
    import pytest

    _SUITES = ("policies", "pools", "samplers", "trial_kinds")
    pytest.register_assert_rewrite(*(f"{__name__}.{each}" for each in _SUITES))
