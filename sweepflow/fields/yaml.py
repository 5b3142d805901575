"""YAML (1.2) as text: plain values alone, and no more of them than a spec can need."""

from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.docinfo import DocInfo
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from sweepflow.errors import in_one_line
from sweepflow.fields.bounds import MOST_LEVELS, excesses, walk


class YamlError(ValueError):
    """The text is no YAML, or too much of it; one sentence."""


def parse_yaml(text: str) -> Any:
    """What the text says; YamlError where it says nothing that a spec may hold."""
    try:
        found = _read(text)
    except Exception as error:
        # Of what can be wrong with a text the parser foresees most, not all: any of its errors tells so.
        raise YamlError(_told(error)) from error
    for path, fault in excesses(found):
        raise YamlError(f"{path} {fault}" if path else fault)
    return found


def _read(text: str) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.doc_infos.append(DocInfo())
    constructor, _ = yaml.get_constructor_parser(text)
    root = constructor.composer.get_single_node()
    if root is None:
        return None
    for _ in walk(root, _children):
        pass  # before any alias or merge key is followed, it is known where that leads to
    return constructor.construct_document(root)


def to_yaml(fields: Mapping[str, Any]) -> str:
    """The fields as YAML, in their own order."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel says None
    stream = StringIO()
    writer.dump(dict(fields), stream)
    return stream.getvalue()


def _children(node: Node) -> Iterable[tuple[object, Node]]:
    if isinstance(node, MappingNode):
        return [(None, each) for pair in node.value for each in pair]
    return [(None, each) for each in node.value] if isinstance(node, SequenceNode) else []


def _told(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"must be nested at most {MOST_LEVELS} levels deep"
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return in_one_line(error)
    mark = error.problem_mark
    return f"{error.problem} (line {mark.line + 1}, column {mark.column + 1})"
