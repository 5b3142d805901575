"""Which templates a command may have, and what is put in their places."""

import pytest

from sweepflow.training.command.shell.template import Reference, fill, malformed, references, required

VALUES = {
    Reference("search_space", "lr"): "0.1",
    Reference("inputs", "epochs"): "3",
    Reference("outputs", "model_1"): "/o/model_1",
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("--lr ${{search_space.lr}}", "--lr 0.1"),
        ("--lr ${{ search_space.lr }}", "--lr 0.1"),
        ("--lr ${{  search_space.lr}}", "--lr 0.1"),
        ("--lr=${{search_space.lr}} ${{inputs.epochs}}", "--lr=0.1 3"),
        ("${{outputs.model_1}}/x", "/o/model_1/x"),
        ("${{outputs.model_1.path}} ${{inputs.epochs.path}}", "/o/model_1 3"),
        ("--lr {search_space.lr} {inputs.epochs} {outputs.model_1}", "--lr 0.1 3 /o/model_1"),
        ("${{search_space.lr}}${{inputs.epochs}}", "0.13"),
        ("a $[[--epochs ${{inputs.epochs}}]] b", "a --epochs 3 b"),
        ("a $[[--steps ${{inputs.steps}}]] b", "a  b"),
        ("a $[[\n --steps ${{inputs.steps}} --epochs ${{inputs.epochs}}\n]] b", "a  b"),
        ("a $[[ --fast ]] b", "a  --fast  b"),
        ("a $[[${{inputs.steps}}]]$[[${{inputs.epochs}}]] b", "a 3 b"),
        ("{other} {search_space} ${search_space.lr} {{search_space.lr}} {print $1}", None),
        ("if [[ -f x ]]; then echo ${A[1]} $((1 + 2)); fi", None),
    ],
)
def test_templates_are_replaced_by_their_values_and_nothing_else_is(text, filled):
    assert fill(text, VALUES) == (text if filled is None else filled)
    assert malformed(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "${{search_space}}",
        "${{parent.inputs.lr}}",
        "${{lr}}",
        "${{search_space.lr",
        "${{inputs.a b}}",
        "${{}}",
    ],
)
def test_what_begins_as_a_template_and_is_none_is_found(text):
    assert malformed(f"a {text}") == [text]
    assert references(text) == []


def test_what_a_text_needs_are_the_references_outside_of_optional_parts():
    text = "${{inputs.a}} $[[ ${{inputs.b}} ]] ${{search_space.c}} ${{inputs.a}}"
    assert [str(each) for each in references(text)] == ["inputs.a", "inputs.b", "search_space.c"]
    assert [str(each) for each in required(text)] == ["inputs.a", "search_space.c"]
