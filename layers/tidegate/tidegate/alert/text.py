"""Text from data made fit to be shown: in a mail, a subject line, an SMS.

Names and values come from records, so anyone who can write to the stream can choose them. Nothing in them may begin a
line, hide, turn the direction of what follows, or make a text longer than its limit.
"""

import unicodedata
from typing import Final

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, formats (direction marks, zero width), surrogates, private use, unassigned, line and paragraph ends."""

GSM_ALPHABET: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic set of GSM 03.38. A text with any other character goes out in UCS-2, 70 characters an SMS."""
SMS_CHARACTERS: Final = 160
SUBJECT_CHARACTERS: Final = 99
"""SNS takes subjects of less than 100 characters."""
VALUE_CHARACTERS: Final = 80


def cleaned(text: str, limit: int = VALUE_CHARACTERS) -> str:
    """One line without invisible characters, cut to a length; never empty."""
    visible = "".join(" " if unicodedata.category(character) in _INVISIBLE else character for character in text)
    line = " ".join(visible.split())
    if len(line) > limit:
        line = line[: limit - 3].rstrip() + "..."
    return line or "(none)"


def ascii_line(text: str, limit: int) -> str:
    """The text in printable ASCII: accents are taken off, what has no likeness becomes a question mark."""
    return cleaned("".join(_nearest(character, character.isascii()) for character in cleaned(text, 4 * limit)), limit)


def gsm_line(text: str, limit: int) -> str:
    """The text in the GSM alphabet, one character each."""
    line = "".join(_nearest(character, character in GSM_ALPHABET) for character in cleaned(text, 4 * limit))
    return cleaned(line, limit)


def _nearest(character: str, is_fit: bool) -> str:
    if is_fit:
        return character
    base = unicodedata.normalize("NFKD", character)[:1]
    return base if base.isascii() and base in GSM_ALPHABET else _SUBSTITUTES.get(character, "?")


_SUBSTITUTES: Final = {
    "[": "(", "]": ")", "{": "(", "}": ")", "|": "/", "\\": "/", "~": "-", "^": "'", "`": "'",
    "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "€": "EUR",
    "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
}  # fmt: skip
"""Likenesses of what Unicode does not take apart, and of what GSM has only in its extension, where it counts twice."""
