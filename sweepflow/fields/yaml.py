"""Reads and writes YAML 1.2 of plain values, no more of them than a spec may hold."""

from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.docinfo import DocInfo
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.representer import SafeRepresenter

from sweepflow.errors import in_one_line
from sweepflow.fields.bounds import MOST_LEVELS, bound_problems, walk

_WIDEST = 1 << 20
"""No line is broken: a command is one that people copy."""
_REMEDIES = {
    "mapping values are not allowed": "a text with `: ` in it needs quotes",
    "but got '{'": "a text with braces or commas in it needs quotes",
    "but found '<scalar>'": "quotes must be around the whole text",
    r"character '\t'": "indent by spaces",
}
"""What to do about what the parser complains of."""


class YamlError(ValueError):
    """The text is not YAML, or holds too much; one sentence."""


def parse_yaml(text: str) -> Any:
    """The value that the text stands for; YamlError if it is not YAML, or not what a spec may hold."""
    try:
        value = _read(text)
    except Exception as error:
        # The parser has its own errors for most malformed texts, not for all: any error means a bad text.
        raise YamlError(_message(error)) from error
    for path, fault in bound_problems(value):
        raise YamlError(f"{path} {fault}" if path else fault)
    return value


def _read(text: str) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.doc_infos.append(DocInfo())
    constructor, _ = yaml.get_constructor_parser(text)
    root = constructor.composer.get_single_node()
    if root is None:
        return None
    for _ in walk(root, _children):
        pass  # checks the size before any alias or merge key is followed
    return constructor.construct_document(root)


class _Representer(SafeRepresenter):
    """Writes texts of several lines as such, but for those with odd characters, which it escapes."""

    def represent_str(self, data: str) -> ScalarNode:
        if not all(line.expandtabs().isprintable() for line in data.split("\n")):
            style: str | None = '"'
        else:
            style = "|" if "\n" in data else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Representer.add_representer(str, _Representer.represent_str)


def to_yaml(fields: Mapping[str, Any]) -> str:
    """The fields as YAML, in their order."""
    writer = YAML(typ="safe", pure=True)
    writer.Representer = _Representer
    writer.default_flow_style = False
    writer.width = _WIDEST
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel says None
    stream = StringIO()
    writer.dump(dict(fields), stream)
    return stream.getvalue()


def _children(node: Node) -> Iterable[tuple[object, Node]]:
    if isinstance(node, MappingNode):
        return [(None, child) for pair in node.value for child in pair]
    return [(None, child) for child in node.value] if isinstance(node, SequenceNode) else []


def _message(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"must be nested at most {MOST_LEVELS} levels deep"
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return in_one_line(error)
    mark = error.problem_mark
    place = f"{error.problem} (line {mark.line + 1}, column {mark.column + 1})"
    remedy = next((remedy for problem, remedy in _REMEDIES.items() if problem in str(error.problem)), None)
    return f"{place}; {remedy}" if remedy else place
