"""What the pages in docs/ show: blocks of text behind a comment that says what made them."""

from tests.template import ROOT


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
