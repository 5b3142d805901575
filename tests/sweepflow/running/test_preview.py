import pytest

from sweepflow.running.preview import preview
from sweepflow.spec.spec import Spec

U = {"type": "uniform", "min_value": 0, "max_value": 1}
NESTED = {
    "type": "choice",
    "values": [
        {"kind": "tree", "depth": {"type": "choice", "values": [2, 4]}},
        {
            "kind": "net",
            "layers": {
                "type": "choice",
                "values": [{"width": {"type": "choice", "values": [8, 16, 32]}}, {"dropout": 0.5}],
            },
        },
    ],
}


def previewed(space, sampling="random", n_trials=50, **fields):
    spec = Spec.parse(
        {
            "trial": {"function": "trainers:plain"},
            "search_space": space,
            "sampling_algorithm": sampling,
            "objective": {"primary_metric": "score", "goal": "maximize"},
            "limits": {"max_total_trials": n_trials},
            **fields,
        }
    )
    return preview(spec.settled(7, 2))


@pytest.mark.parametrize(
    ("expression", "low", "high"),
    [
        (
            {"type": "loguniform", "min_value": -6, "max_value": -1},
            0.0024787521766663585,
            0.36787944117144233,
        ),
        ({"type": "quniform", "min_value": 1, "max_value": 10, "q": 4}, 0, 8),
        ({"type": "randint", "upper": 3}, 0, 2),
        ({"type": "normal", "mu": 1, "sigma": 2}, 1 - 2 * 1.959963984540054, 1 + 2 * 1.959963984540054),
    ],
)
def test_a_range_is_the_real_one(expression, low, high):
    found = previewed({"x": expression})["parameters"]["x"]
    assert (found["low"], found["high"]) == pytest.approx((low, high), rel=1e-8)


def test_the_logarithms_base_counts():
    expression = {"type": "loguniform", "min_value": -2, "max_value": 1}
    found = previewed({"x": expression}, {"type": "random", "logbase": 10})["parameters"]["x"]
    assert (found["low"], found["high"]) == pytest.approx((0.01, 10))


def test_nested_parameters_are_listed_by_their_paths_and_branches_by_their_names():
    found = previewed({"model": NESTED, "u": U})["parameters"]
    assert list(found) == [
        *("model", "model.0.depth", "model.1.layers", "model.1.layers.0.width", "u"),
    ]
    assert found["model"]["values"] == ["0: kind, depth", "1: kind, layers"]


@pytest.mark.parametrize(
    ("constraints", "n_all", "n_allowed"), [([], 6, 6), (["depth < 3", "width != 8"], 6, 4)]
)
@pytest.mark.parametrize("sampling", ["grid", "random", "bayesian"])
def test_combinations_are_all_there_are_and_the_draws_those_allowed(sampling, constraints, n_all, n_allowed):
    found = previewed({"model": NESTED}, sampling, constraints=constraints)
    assert (found["combinations"], found["is_constrained"]) == (n_all, n_allowed < n_all)
    assert len(found["samples"]) == n_allowed
    assert all(drawn.get("depth") != 4 or not constraints for drawn in found["samples"])


def test_no_more_than_ten_draws_and_no_more_than_trials_are_shown():
    assert len(previewed({"u": U})["samples"]) == 10
    assert len(previewed({"u": U}, n_trials=3)["samples"]) == 3
    assert previewed({"u": U})["combinations"] is None


def test_the_first_command_is_shown_as_it_could_be_typed():
    choice = {"type": "choice", "values": ["two words"]}
    shown = previewed(
        {"x": choice},
        n_trials=1,
        trial={"command": "python train.py --x ${{search_space.x}} ${{inputs.train}} \\\n -o ${{outputs.o}}"},
        data={"path": "table.csv", "target": "y"},
        outputs={"o": None},
    )
    command = "python train.py --x 'two words' data/train.csv \\\n -o trials/0000/outputs/o"
    assert shown["command"] == command
    assert "command" not in previewed({"x": choice}, n_trials=1)
