"""HTML built from elements. Text is escaped where it enters, so data can never become markup."""

from collections.abc import Sequence
from html import escape
from typing import Final

_VOID: Final = frozenset({"input", "meta"})


class Html(str):
    """Text that is already HTML. Only this module, and files of this package, make it."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | bool | None) -> Html:
    """An element. Children are escaped unless they are Html.

    Attribute names: `_` stands for `-`, one at the end is dropped (`class_`). True: no value; None, False: absent.
    """
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{''.join(map(text, children))}</{name}>")


def text(content: str) -> Html:
    """Content as HTML: itself when it is Html, escaped when it is text."""
    return content if isinstance(content, Html) else Html(escape(content))


def pairs(rows: Sequence[tuple[str, str]], class_: str) -> Html:
    """A description list."""
    groups = (element("div", element("dt", name), element("dd", value)) for name, value in rows)
    return element("dl", *groups, class_=class_)


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], class_: str = "", numeric: frozenset[int] = frozenset()
) -> Html:
    """A table in a box that scrolls sideways where the page is narrow. `numeric`: the columns set flush right."""
    side = ["n" if at in numeric else None for at in range(len(header))]
    head = element("tr", *(element("th", name, scope="col", class_=side[at]) for at, name in enumerate(header)))
    body = [element("tr", *(element("td", cell, class_=side[at]) for at, cell in enumerate(row))) for row in rows]
    whole = element("table", element("thead", head), element("tbody", *body), class_=class_ or None)
    return element("div", whole, class_="scroll")
