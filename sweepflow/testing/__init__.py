"""Tests for pytest that your own policy, sampler, kind of trial or compute must pass."""

from contextlib import suppress

with suppress(ImportError):  # workers import the trials of the pool tests, and need no pytest
    import pytest

    _SUITES = ("policies", "pools", "samplers", "trial_kinds")
    pytest.register_assert_rewrite(*(f"{__name__}.{suite}" for suite in _SUITES))
