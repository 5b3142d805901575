"""What is told where the machines of a cluster do not have what the flow has."""

import pytest

from sweepflow.workers.dask.versions import different, own_versions, told_versions

HERE = {
    "python": "3.12",
    "distributed": "2026.8.0",
    "sweepflow": "0.1.0",
    "scikit-learn": "1.9.1",
    "code": "a",
}


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({}, None),
        ({"python": "3.13"}, "has Python 3.13, not 3.12"),
        ({"python": "3.13", "distributed": None}, "has Python 3.13, not 3.12"),
        ({"distributed": "2026.7.1"}, "has distributed 2026.7.1, not 2026.8.0"),
        ({"sweepflow": None}, "has no Sweepflow"),
        ({"scikit-learn": "1.8.0"}, "has scikit-learn 1.8.0, not 1.9.1"),
        ({"code": "b"}, "has Sweepflow 0.1.0 with other code"),
    ],
)
def test_the_first_difference_that_matters_is_told(there, told):
    assert different(HERE, {**HERE, **there}) == told


def test_what_dask_tells_of_a_machine_like_this_is_no_difference():
    here = own_versions()
    told = {"python": f"{here['python']}.99.final.0", "numpy": "0.1", **here}
    assert different(here, told_versions({**told, "python": f"{here['python']}.99.final.0"})) is None
    assert different(here, told_versions({**told, "python": "3.1.0.final.0"})) is not None
