"""Text preparation: the part of the model that happens outside the graph.

The serving side (TypeScript) does the same, step by step:

1. NFKC, then lower-case (full, locale-independent).
2. Words are all matches of ``[\\p{L}\\p{N}_]+``, in order.
3. For each word, in order, with ``_`` put at both ends: all its runs of ``min`` code points, from left to right,
   then all of ``min + 1``, up to ``max``. A run longer than the bordered word does not exist.
4. The prepared text is the words, then the runs, joined by one blank.

Text without words becomes the empty string, for which the graph answers its prior.
"""

import unicodedata
from dataclasses import dataclass

import regex

WORD = regex.compile(r"[\p{L}\p{N}_]+")


@dataclass(frozen=True)
class Subwords:
    """Lengths, in code points, of the runs cut from each bordered word."""

    min: int
    max: int


def prepare(text: str, subwords: Subwords | None) -> str:
    """Returns the string the graph takes for ``text``."""
    words = WORD.findall(unicodedata.normalize("NFKC", text).lower())
    runs = [run for word in words for run in runs_of(word, subwords)] if subwords else []
    return " ".join([*words, *runs])


def runs_of(word: str, subwords: Subwords) -> list[str]:
    """Returns the runs of the bordered word, shorter ones first, each kind from left to right."""
    bordered = f"_{word}_"
    return [
        bordered[start : start + length]
        for length in range(subwords.min, subwords.max + 1)
        for start in range(len(bordered) - length + 1)
    ]
