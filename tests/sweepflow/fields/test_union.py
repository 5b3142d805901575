from typing import Annotated, Literal

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from sweepflow.fields.model import Number, SpecModel, WholeNumber
from sweepflow.fields.nearest import suggestion
from sweepflow.fields.problems import problems
from sweepflow.fields.union import AnyOf, ByType


class Cat(SpecModel):
    type: Literal["cat"] = "cat"
    lives: WholeNumber = Field(default=9, gt=0)
    weight: Number | None = None


class Fish(SpecModel):
    type: Literal["goldfish"] = "goldfish"


class Raw(BaseModel):
    model_config = ConfigDict(extra="forbid")
    type: Literal["raw"] = "raw"
    slack_factor: float = 0.1
    slack_amount: float = 0.1
    delay: float = 0.1


Pet = Annotated[Cat | Fish | Raw, ByType()]


class Inner(SpecModel):
    width: Annotated[float, Field(gt=0)] | Literal["e"] = "e"


class Home(SpecModel):
    pets: dict[str, Pet] = Field(default_factory=dict)
    guests: list[Pet] = Field(default_factory=list)
    favourite: Pet | None = None
    inner: Inner = Inner()
    size: Literal["small", "large"]


def faults(spec: object, prefix: str = "") -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        Home.model_validate(spec)
    return [tuple(problem) for problem in problems(caught.value, prefix)]


@pytest.mark.parametrize("given", ["cat", "CAT", {"type": "Cat"}, Cat(), {"type": "cat", "lives": 9}])
def test_a_name_a_mapping_and_a_member_are_taken_in_any_letter_case(given):
    assert TypeAdapter(Pet).validate_python(given) == Cat()


def test_a_members_own_fields_keep_their_case():
    assert TypeAdapter(Pet).validate_python({"type": "RAW", "slack_factor": 2}) == Raw(slack_factor=2)


def test_the_mapping_given_is_left_as_it_was():
    given = {"type": "Cat"}
    TypeAdapter(Pet).validate_python(given)
    assert given == {"type": "Cat"}


@pytest.mark.parametrize(
    ("spec", "path", "message"),
    [
        ({"favourite": "goldfisch"}, "favourite", "unknown type 'goldfisch'; did you mean 'goldfish'?"),
        ({"favourite": {"type": "Catt"}}, "favourite.type", "unknown type 'Catt'; did you mean 'cat'?"),
        ({"favourite": "zebra"}, "favourite", "unknown type 'zebra'; known: goldfish, cat, raw"),
        ({"favourite": {}}, "favourite.type", "is required; known: goldfish, cat, raw"),
        ({"favourite": {"type": None}}, "favourite.type", "is required; known: goldfish, cat, raw"),
        ({"favourite": {"type": 1}}, "favourite.type", "must be a string (goldfish, cat, raw), got 1"),
        ({"favourite": 3}, "favourite", "must be a mapping with a type (goldfish, cat, raw), got 3"),
        ({"pets": {"tom": {"type": "cat", "lives": 0}}}, "pets.tom.lives", "must be > 0, got 0"),
        ({"guests": ["cat", {"type": "cat", "lives": 0}]}, "guests.1.lives", "must be > 0, got 0"),
        ({"favourite": {"type": "cat", "lives": 1.5}}, "favourite.lives", "must be a whole number, got 1.5"),
        ({"favourite": {"type": "cat", "lives": True}}, "favourite.lives", "must be a number, got True"),
        (
            {"favourite": {"type": "cat", "weight": float("inf")}},
            "favourite.weight",
            "must be finite, got inf",
        ),
        ({"favourite": {"type": "cat", "weight": "x"}}, "favourite.weight", "must be a number, got 'x'"),
        ({"pets": []}, "pets", "must be a mapping, got []"),
        ({"guests": "cat"}, "guests", "must be a list, got 'cat'"),
        ({"inner": {"width": -1}}, "inner.width", "must be > 0 or 'e', got -1"),
        ({"inner": {"width": "x"}}, "inner.width", "must be a number or 'e', got 'x'"),
        ({"inner": {"widht": 1}}, "inner.widht", "unknown field 'widht'; did you mean 'width'?"),
        (
            {"favourite": {"type": "raw", "slack_facto": 1}},
            "favourite.slack_facto",
            "unknown field 'slack_facto'; did you mean 'slack_factor'?",
        ),
        (
            {"favourite": {"type": "goldfish", "tail": 1}},
            "favourite.tail",
            "unknown field 'tail'; known: type",
        ),
        ({"size": "huge"}, "size", "must be 'small' or 'large', got 'huge'"),
    ],
)
def test_a_problem_has_the_users_path_and_the_rule_then_the_value(spec, path, message):
    assert faults({"size": "small", **spec}) == [(path, message)]


def test_all_problems_are_found_at_once_and_a_prefix_goes_before_each():
    spec = {"pets": {"tom": {"type": "cat", "livse": 1, "weight": "x"}}, "inner": {"width": 1}}
    assert faults(spec, "home") == [
        ("home.pets.tom.weight", "must be a number, got 'x'"),
        ("home.pets.tom.livse", "unknown field 'livse'; did you mean 'lives'?"),
        ("home.size", "is required"),
    ]


@pytest.mark.parametrize("name", ["int", "float", "cat", "goldfish", "none"])
def test_a_users_name_that_looks_like_a_type_stays_in_the_path(name):
    spec = {"size": "small", "pets": {name: 3, "other": {"type": "cat", "lives": 0}}}
    assert [path for path, _ in faults(spec)] == [f"pets.{name}", "pets.other.lives"]


def test_the_prefix_of_a_value_error_is_removed():
    class Sum(SpecModel):
        total: int

        @model_validator(mode="after")
        def _refuse(self) -> "Sum":
            raise ValueError("must add up, got 3")

    with pytest.raises(ValidationError) as caught:
        Sum(total=3)
    assert problems(caught.value, "sums") == [("sums", "must add up, got 3")]


def test_the_schema_is_a_plain_any_of_with_the_fewest_fields_first():
    schema = TypeAdapter(Pet).json_schema()
    assert [member["$ref"] for member in schema["anyOf"]] == ["#/$defs/Fish", "#/$defs/Cat", "#/$defs/Raw"]
    assert "oneOf" not in str(Home.model_json_schema())
    assert "discriminator" not in str(Home.model_json_schema())


def test_a_form_shows_the_type_as_the_title():
    assert Fish.model_json_schema()["title"] == "goldfish"
    assert Home.model_json_schema()["title"] == "Home"


def test_an_optional_union_has_null_beside_its_members():
    schema = Home.model_json_schema()["properties"]["favourite"]
    assert schema["anyOf"][-1] == {"type": "null"}
    assert len(schema["anyOf"]) == 4


def test_a_union_of_one_is_a_union():
    one = TypeAdapter(Annotated[Fish, ByType()])
    assert one.validate_python("GoldFish") == Fish()


def test_any_of_publishes_a_union_with_a_discriminator_of_its_own_as_plain_any_of():
    kinds = Annotated[Cat, Tag("<cat>")] | Annotated[Fish, Tag("<fish>")]
    union = TypeAdapter(Annotated[kinds, Discriminator(lambda _: "<cat>"), AnyOf()])
    schema = union.json_schema()
    assert schema["anyOf"] == [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Fish"}]
    assert not {"oneOf", "discriminator"} & schema.keys()
    with pytest.raises(ValidationError) as caught:
        union.validate_python({"lives": 0})
    assert problems(caught.value, "pet") == [("pet.lives", "must be > 0, got 0")]


def test_a_suggestion_is_the_nearest_word_or_all_of_them():
    assert suggestion("Min_Valeu", ["max_value", "min_value"]) == "did you mean 'min_value'?"
    assert suggestion("zebra", ["a", "b"]) == "known: a, b"
