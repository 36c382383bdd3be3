"""What the pages show: blocks of text behind a comment that says what made them, and commands for people to type."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.template import ROOT

PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_PROSE: Final = re.compile(r"^```.*?^```$", re.M | re.S)
_COMMAND: Final = re.compile(r"[a-z][a-z0-9_-]*( (?![=(]).*)?")
"""A word and its arguments; no picture, no formula."""
_INLINE: Final = re.compile(r"`((?:aws|git|make|python|sam|tidegate) [^`]+)`")


class Shown(NamedTuple):
    """A command, and where people read it."""

    place: str
    line: str


def page(name: str) -> str:
    """A page of docs/."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def shown(name: str, marker: str) -> str:
    """The block of a page that follows the comment."""
    _, found, rest = page(name).partition(f"<!-- {marker} -->\n```")
    assert found, f"docs/{name} has no block {marker}"
    return rest.partition("\n")[2].partition("\n```\n")[0]


def printed(text: str) -> str:
    """What a command printed, as a page shows it: without blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def commands() -> Iterator[Shown]:
    """Every command in an indented block of README.md and docs/, one a line, lines that go on joined."""
    for path in PAGES:
        text = _PROSE.sub("", path.read_text(encoding="utf-8"))
        for block in re.findall(r"(?<=\n\n)(?: {4}.*\n)+", text):
            if _COMMAND.fullmatch(block.split("\n")[0].strip()):
                for line in _lines(re.sub(r"\\\n\s+", "", re.sub(r"(?m)^ {4}", "", block))):
                    yield from (Shown(path.name, part) for part in line.split(" && "))


def _lines(block: str) -> Iterator[str]:
    """A block's commands; one that has its input below it (<<'END') with that."""
    rest = iter(block.splitlines())
    for line in rest:
        end = re.search(r"<<'(\w+)'$", line)
        yield "\n".join([line, *iter(lambda: next(rest), end[1])]) if end else line


def mentions() -> Iterator[Shown]:
    """Every command with arguments that stands within a sentence."""
    for path in PAGES:
        for found in _INLINE.findall(_PROSE.sub("", path.read_text(encoding="utf-8"))):
            yield Shown(path.name, " ".join(found.split()))
