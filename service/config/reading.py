"""Reading lamplighter.yaml: YAML with duplicate keys refused, and `${NAME}` taken from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from service.errors import ConfigInvalid, Fault

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

_LARGEST_FILE = 1_000_000
"""Characters: a stack of hundreds of components stays far below, and what is larger takes minutes to parse."""

_MOST_VALUES = 100_000
"""Values once every anchor is written out: nested anchors make billions of them out of ten lines."""


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a key written twice: YAML's own rule is that the last one silently wins."""


def _unique_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  PyYAML's signature
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool) or key in seen:
            problem = f"the key {key!r} stands twice" if isinstance(key, str) else f"{key!r} cannot be a key"
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        seen.add(key)
    loader.flatten_mapping(node)
    return {loader.construct_object(k, deep=deep): loader.construct_object(v, deep=deep) for k, v in node.value}


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a file into plain values. An empty file is an empty mapping.

    Raises:
        ConfigInvalid: the file cannot be read, is not YAML, or is not a mapping.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ConfigInvalid(
            str(path), [Fault("(file)", "there is no such file", "give its place with --config FILE")]
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigInvalid(
            str(path), [Fault("(file)", f"it cannot be read: {error}", "save it as UTF-8 text")]
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        remedy = "name a file that may be read with --config FILE"
        raise ConfigInvalid(str(path), [Fault("(file)", f"it cannot be read: {reason}", remedy)]) from None
    if len(text) > _LARGEST_FILE:
        fault = Fault("(file)", f"it has over {_LARGEST_FILE:,} characters", "is this the right file?")
        raise ConfigInvalid(str(path), [fault])
    return parse_yaml(text, str(path))


def parse_yaml(text: str, source: str) -> dict[str, Any]:
    """Read YAML text into plain values.

    Raises:
        ConfigInvalid: it is not YAML or not a mapping; the fault names line and column.
    """
    try:
        values = _values(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "(file)"
        raise ConfigInvalid(source, [Fault(place, f"this is not valid YAML: {error.problem or error}")]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigInvalid(source, [Fault("(file)", f"this is not valid YAML: {error}")]) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigInvalid(
            source,
            [Fault("(file)", "the file must hold sections such as `stack:` and `accounts:`, each with its settings")],
        )
    return values


def _values(text: str) -> Any:  # noqa: ANN401  plain YAML values
    loader = _UniqueKeyLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _size(node, {}) > _MOST_VALUES:
            raise yaml.YAMLError(f"written out, its anchors make over {_MOST_VALUES:,} values")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _size(node: yaml.Node, known: dict[yaml.Node, int | None]) -> int:
    """How many values a node holds once every anchor in it is written out. `known` has None for what is being counted.

    Raises:
        YAMLError: an anchor holds itself.
    """
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if node in known:
        size = known[node]
        if size is None:
            raise yaml.MarkedYAMLError(problem="an anchor holds itself", problem_mark=node.start_mark)
        return size
    known[node] = None
    parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    size = known[node] = 1 + sum(_size(part, known) for part in parts)
    return size


def expand(values: Any, environ: Mapping[str, str], path: str = "") -> tuple[Any, list[Fault]]:  # noqa: ANN401  plain YAML values
    """Replace `${NAME}` in every string by the environment's value; what is not set becomes a fault with its path."""
    faults: list[Fault] = []
    if isinstance(values, dict):
        expanded = {}
        for key, value in values.items():
            expanded[key], found = expand(value, environ, f"{path}.{key}" if path else str(key))
            faults += found
        return expanded, faults
    if isinstance(values, list):
        items = [expand(item, environ, f"{path}.{index}") for index, item in enumerate(values)]
        return [item for item, _ in items], [fault for _, found in items for fault in found]
    if not isinstance(values, str):
        return values, faults

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in environ:
            faults.append(
                Fault(
                    path, f"the environment variable {name} is not set", f"export {name}=… before starting Lamplighter"
                )
            )
            return ""
        return environ[name]

    return _VARIABLE.sub(replace, values), faults
