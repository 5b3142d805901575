"""What a Python caller passes in place of fields: a DataFrame, an estimator, a function of a notebook."""

from sweepflow.python_objects.fields import plain_fields

__all__ = ["plain_fields"]
