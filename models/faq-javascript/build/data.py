"""The questions, their answers, and the split into train and test."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent.parent / "data"
TEST_SHARE = 0.3
SEED = 20240501


@dataclass(frozen=True)
class Original:
    """One entry of the FAQ; its place in the list is its class."""

    id: str
    question: str
    answer: str


@dataclass(frozen=True)
class Labelled:
    """Texts and, for each, the class it belongs to."""

    texts: list[str]
    labels: list[int]


def read_table(name: str) -> list[dict[str, str]]:
    """Reads a tab-separated file of ``data/``; there is no quoting."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_originals() -> list[Original]:
    """Returns the entries in the order of the file, which is the class order."""
    return [Original(**row) for row in read_table("originals.tsv")]


def read_unrelated() -> list[str]:
    """Returns questions that no entry answers."""
    return [row["text"] for row in read_table("unrelated.tsv")]


def split(originals: list[Original]) -> tuple[Labelled, Labelled]:
    """Splits the duplicates of each original by ``TEST_SHARE``; the original itself goes into train."""
    random = np.random.default_rng(SEED)
    duplicates: dict[str, list[str]] = {original.id: [] for original in originals}
    for row in read_table("duplicates.tsv"):
        duplicates[row["id"]].append(row["text"])
    train, test = Labelled([], []), Labelled([], [])
    for label, original in enumerate(originals):
        texts = duplicates[original.id]
        shuffled = [texts[i] for i in random.permutation(len(texts))]
        test_count = max(1, round(len(texts) * TEST_SHARE))
        add(test, shuffled[:test_count], label)
        add(train, [original.question, *shuffled[test_count:]], label)
    return train, test


def add(part: Labelled, texts: list[str], label: int) -> None:
    part.texts.extend(texts)
    part.labels.extend([label] * len(texts))
