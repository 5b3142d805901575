"""Sweep jobs of Azure ML as the fields of a spec, with notices of what has no effect here."""

from sweepflow.sweep_job.text import spec_text
from sweepflow.sweep_job.translate import Translation, translate

__all__ = ["Translation", "spec_text", "translate"]
