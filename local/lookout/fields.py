"""The fields of a description, read one by one, and the parameters that they become."""

import json
from collections.abc import Mapping
from typing import Final

from local.lookout.documents import Node, Part
from local.tabular import shown
from tidegate.contracts.errors import InputError

_SHOWN: Final = 60


class Fields:
    """A description's fields, by their paths: names in mappings, places in lists.

    A reference to a parameter of the template has that parameter's default. parameters, carried, remarks: what was made
    of the fields so far (see Translation).
    """

    def __init__(self, part: Part) -> None:
        self.place: Final = part.place
        self._part: Final = part
        self.parameters: Final[dict[str, str]] = {}
        self.carried: Final[list[tuple[str, str, str]]] = []
        self.remarks: Final[list[str]] = []

    def node(self, *path: str | int) -> Node | None:
        """What lies at a path; None where there is nothing."""
        node: Node | None = self._part.fields
        for step in path:
            match node, step:
                case Mapping(), str():
                    node = node.get(step)
                case list(), int():
                    node = node[step]
                case _:
                    return None
            node = self._resolved(node)
        return node

    def places(self, *path: str | int) -> range:
        """The places of the list at a path; none where there is no list."""
        node = self.node(*path)
        return range(len(node)) if isinstance(node, list) else range(0)

    def plain(self, *path: str | int) -> str:
        """The text or number at a path; empty where there is none, or only a deployment knows all of it."""
        node = self.node(*path)
        is_known = isinstance(node, int | float) or (isinstance(node, str) and "${" not in node)
        return str(node).strip() if is_known else ""

    def texts(self, *path: str | int) -> list[str]:
        """The texts of the list at a path, for people; what only a deployment knows is as the template has it."""
        nodes = (self.node(*path, at) for at in self.places(*path))
        return [node.strip() if isinstance(node, str) else _written(node) for node in nodes]

    def needed(self, *path: str | int) -> str:
        """The text at a path; InputError where there is none."""
        found = self.plain(*path)
        if not found:
            given = self.node(*path)
            problem = "is missing" if given is None else f"is {_written(given)}: put the value in its place"
            raise InputError(self.place, f"{_dotted(path)} {problem}")
        return found

    def number(self, *path: str | int) -> float:
        """The number at a path; InputError where there is none."""
        text = self.needed(*path)
        try:
            return float(text)
        except ValueError:
            raise InputError(self.place, f"{_dotted(path)} is {text!r}: must be a number") from None

    def names(self, *path: str | int) -> list[str]:
        """A list of texts, or one text with commas as a template's parameter has it."""
        if isinstance(text := self.node(*path), str):
            return [name.strip() for name in text.split(",") if name.strip()]
        return [self.needed(*path, at) for at in self.places(*path)]

    def carry(self, parameter: str, field: str, text: str, given: str = "") -> None:
        """The parameter gets the text; given: what the field said, where that is another."""
        if text:
            self.parameters[parameter] = text
            self.carried.append((field, given or text, f"{parameter}={text}"))

    def carry_text(self, parameter: str, *path: str) -> None:
        """The parameter gets the text at the path, if there is one; what only a deployment knows leaves a remark."""
        if (node := self.node(*path)) is not None and not self.plain(*path):
            self.remarks.append(f"{parameter}: {_dotted(path)} is {_written(node)} here; give the value that it had.")
        self.carry(parameter, _dotted(path), self.plain(*path))

    def _resolved(self, node: Node) -> Node:
        """A text made by intrinsic functions is put together; what only a deployment knows stands in it as ${Name}."""
        defaults = self._part.defaults
        match node:
            case {"Ref": str(name)} if name in defaults:
                return defaults[name]
            case {"Fn::Sub": str(text)}:
                return _substituted(text, defaults)
            case {"Fn::Sub": [str(text), Mapping() as own]}:
                return _substituted(text, {**defaults, **{name: self._piece(value) for name, value in own.items()}})
            case {"Fn::Join": [str(between), list(pieces)]}:
                return between.join(self._piece(piece) for piece in pieces)
        return node

    def _piece(self, node: Node) -> str:
        match found := self._resolved(node):
            case str() | int() | float():
                return str(found)
            case {"Ref": str(name)}:
                return f"${{{name}}}"
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return f"${{{name}.{attribute}}}"
        return f"${{{json.dumps(found, default=str)}}}"


def _substituted(text: str, values: Mapping[str, Node]) -> str:
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", str(value))
    return text


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path))


def _written(node: Node) -> str:
    return shown(json.dumps(node, default=str), _SHOWN)
