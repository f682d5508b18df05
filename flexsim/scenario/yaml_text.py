"""YAML text to plain values, each with the line it stands on, and back.

Stricter than YAML: no tags, no merge keys, no duplicate keys, no numbers that are not what they
look like (010 is eight, 12:30 is 750). A mapping key is always text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from flexsim.errors import ScenarioError
from flexsim.message import Message
from flexsim.scenario import files
from flexsim.scenario.names import shown

Key = tuple[str, ...]

LONGEST_TEXT = 256 * 1024
LONGEST_NUMBER = 40
DEEPEST = 40
MOST_VALUES = 20_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_INT = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_SPECIAL = {".inf": "inf", "+.inf": "inf", "-.inf": "-inf", ".nan": "nan"}
_TRUE = ("true", "yes", "on")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written, and how."""

    place: str
    typed: str | None = None


@dataclass
class Document:
    """The values of one file (or mapping), and where each stands."""

    label: str
    values: dict[str, Any]
    origins: dict[Key, Origin] = field(default_factory=dict)
    words: str = ""


def read_file(path: Path) -> Document:
    """Read one YAML file; raises ScenarioError with all faults of its text."""
    name = files.label(path)
    if path.exists() and not path.is_file():
        raise ScenarioError(Message("{name}: is not a file", name=name))
    try:
        if path.stat().st_size > LONGEST_TEXT:
            raise ScenarioError(
                Message(
                    "{name}: larger than {most} kB; not a scenario",
                    name=name,
                    most=LONGEST_TEXT // 1024,
                )
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ScenarioError(
            Message("{name}: cannot be read ({strerror})", name=name, strerror=error.strerror)
        ) from None
    except UnicodeDecodeError:
        raise ScenarioError(
            Message("{name}: is not text in UTF-8; save it as UTF-8", name=name)
        ) from None
    document = read(text, name)
    document.words = files.in_words(path)
    return document


def read(text: str, label: str) -> Document:
    """Read YAML text; raises ScenarioError with all faults of the text."""
    try:
        _scan(text, label)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise ScenarioError(_syntax(error, label)) from None
    except yaml.YAMLError as error:
        reason = shown(getattr(error, "reason", error))
        raise ScenarioError(
            Message("{label}: is not readable text ({reason})", label=label, reason=reason)
        ) from None
    if root is None:
        raise ScenarioError(Message("{label}: is empty; write at least one key", label=label))
    if not isinstance(root, yaml.MappingNode):
        raise ScenarioError(
            Message(
                "{label}: must be keys and values (`key: value`), not a list or text", label=label
            )
        )
    reader = _Reader(label)
    values = reader.value(root, ())
    if reader.faults:
        raise ScenarioError(reader.faults)
    if not values:
        raise ScenarioError(Message("{label}: is empty; write at least one key", label=label))
    return Document(label, values, reader.origins)


def write(values: dict[str, Any]) -> str:
    """Plain values as YAML text that `read` gives back unchanged."""
    return yaml.dump(
        values, Dumper=_Quoting, sort_keys=False, allow_unicode=True, width=100, indent=2
    )


class _Quoting(_DUMPER):  # type: ignore[misc]  # one of two, both without types
    """Quotes text that begins like a number, as 0661 and 2024-01-01 do."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if re.match(r"[-+.]?\d", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Quoting.add_representer(str, _text)


def _scan(text: str, label: str) -> None:
    """Refuse what must not even be put together: tags, very deep nesting."""
    depth, faults = 0, []
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise ScenarioError(
                Message("{label}:{line}: nested too deeply", label=label, line=_line(event))
            )
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            short = shown(tag.replace("tag:yaml.org,2002:", "!!"))
            faults.append(
                f"{label}:{_line(event)}: "
                + Message("the tag {tag} is not allowed; plain values only", tag=short)
            )
    if faults:
        raise ScenarioError(faults)


class _Reader:
    """Walks the nodes of one text, keeping origins and faults."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.origins: dict[Key, Origin] = {}
        self.faults: list[str] = []
        self._above: list[int] = []
        self._count = 0

    def value(self, node: yaml.Node, key: Key) -> Any:
        """The plain value of a node; notes where it stands."""
        self._count += 1
        if self._count > MOST_VALUES or id(node) in self._above:
            raise ScenarioError(
                Message("{label}: too many values (or aliases that repeat them)", label=self.label)
            )
        self.origins[key] = Origin(f"{self.label}:{_line(node)}", _typed(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, key)
        self._above.append(id(node))
        value = self._collection(node, key)
        self._above.pop()
        return value

    def _collection(self, node: yaml.Node, key: Key) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*key, str(n))) for n, item in enumerate(node.value)]
        return dict(self._entries(node, key))

    def _entries(self, node: yaml.Node, key: Key) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for name_node, value_node in node.value:
            line = _line(name_node)
            if not isinstance(name_node, yaml.ScalarNode) or name_node.value == "<<":
                self._fault(
                    line, Message("keys must be plain text (merge keys `<<` are not allowed)")
                )
                continue
            name = name_node.value
            if name in seen:
                self._fault(
                    line,
                    Message(
                        "{key} is given twice (first in line {first})",
                        key=_dotted((*key, name)),
                        first=seen[name],
                    ),
                )
                continue
            seen[name] = line
            yield name, self.value(value_node, (*key, name))
            if not isinstance(value_node, yaml.ScalarNode):
                self.origins[(*key, name)] = Origin(f"{self.label}:{line}")

    def _scalar(self, node: yaml.ScalarNode, key: Key) -> Any:
        text = str(node.value)
        if node.style:  # quoted
            return text
        if node.tag.endswith(":null"):
            return None
        if node.tag.endswith(":bool"):
            return text.lower() in _TRUE
        return self._number_or_text(node, text, key)

    def _number_or_text(self, node: yaml.ScalarNode, text: str, key: Key) -> Any:
        """Read a number if it looks like one to everybody, otherwise text."""
        if _LEADING_ZERO.fullmatch(text):
            self._fault(
                _line(node),
                Message(
                    '{key} begins with 0 (got {text}): a code goes in quotes ("{text}"), a number'
                    " without the 0",
                    key=_dotted(key),
                    text=text,
                ),
            )
            return text
        if len(text) > LONGEST_NUMBER:
            return text
        if _INT.fullmatch(text):
            return int(text.replace("_", ""))
        if text.lower() in _SPECIAL:
            return float(_SPECIAL[text.lower()])
        return float(text.replace("_", "")) if _FLOAT.fullmatch(text) else text

    def _fault(self, line: int, text: str) -> None:
        self.faults.append(f"{self.label}:{line}: " + text)


def _typed(node: yaml.Node) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        return None
    quote = node.style if node.style in ("'", '"') else ""
    return f"{quote}{node.value}{quote}" or "nothing"


def _line(thing: Any) -> int:
    return int(thing.start_mark.line) + 1


def _dotted(key: Key) -> str:
    return shown(".".join(key), 120)


def _syntax(error: yaml.MarkedYAMLError, label: str) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"{label}:{mark.line + 1}" if mark else label
    problem = shown(error.problem or "not YAML", 100)
    hint = Message(" (indent with spaces, not tabs)") if "\\t" in problem else ""
    if "expected a single document" in str(error):
        problem = Message("one document per file, without `---`")
    return Message(
        "{where}: not readable as YAML: {problem}{hint}", where=where, problem=problem, hint=hint
    )
