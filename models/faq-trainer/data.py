"""The questions, their answers, and the split into train and test."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from table import Row, TableError, read_table


@dataclass(frozen=True)
class Original:
    """One entry of the FAQ; its place in the list is its class."""

    id: str
    question: str
    answer: str
    answer_id: str | None = None

    def entry(self) -> dict[str, str]:
        """Returns it as it is served."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Labelled:
    """Texts and, for each, the class it belongs to."""

    texts: list[str]
    labels: list[int]


@dataclass(frozen=True)
class Faq:
    """What was read and kept; ``left_out`` says what was not, and why."""

    originals: list[Original]
    duplicates: list[list[str]]
    left_out: list[str]


@dataclass(frozen=True)
class Limits:
    """Which texts and originals are kept. Characters are code points."""

    duplicates_min: int = 1
    characters_min: int = 1
    characters_max: int = 2000


def read_faq(originals: Path, duplicates: Path, answers: Path | None, limits: Limits) -> Faq:
    """Reads the tables and leaves out what is beyond the limits. Raises TableError, OSError."""
    entries = read_originals(originals, answers)
    texts = read_duplicates(duplicates, {entry.id for entry in entries})
    left_out = []
    fitting = {
        id: [text for text in of if limits.characters_min <= len(text) <= limits.characters_max]
        for id, of in texts.items()
    }
    dropped = sum(map(len, texts.values())) - sum(map(len, fitting.values()))
    if dropped:
        left_out.append(f"{dropped} duplicates not of {limits.characters_min} to {limits.characters_max} characters")
    kept = [entry for entry in entries if len(fitting[entry.id]) >= limits.duplicates_min]
    if len(kept) < len(entries):
        left_out.append(f"{len(entries) - len(kept)} originals with fewer than {limits.duplicates_min} duplicates")
    return Faq(kept, [fitting[entry.id] for entry in kept], left_out)


def read_originals(path: Path, answers: Path | None) -> list[Original]:
    """Returns the entries in the order of the file, which is the class order."""
    rows = read_table(path, ["id", "question"], ["answer_id", *(["answer"] if answers is None else [])])
    refuse_repeated(path, rows, "id")
    refuse_repeated(path, rows, "question")
    found = {} if answers is None else read_answers(answers)
    missing = [row for row in rows if answers is not None and row.cells["id"] not in found]
    if missing:
        raise TableError(path, [(row.line, f'"{row.cells["id"]}" has no answer in {answers}') for row in missing])
    return [
        Original(
            row.cells["id"],
            row.cells["question"],
            found.get(row.cells["id"], row.cells.get("answer", "")),
            row.cells.get("answer_id"),
        )
        for row in rows
    ]


def read_answers(path: Path) -> dict[str, str]:
    rows = read_table(path, ["id", "answer"])
    refuse_repeated(path, rows, "id")
    return {row.cells["id"]: row.cells["answer"] for row in rows}


def read_duplicates(path: Path, ids: set[str]) -> dict[str, list[str]]:
    """Returns the duplicates of each original. One text twice would be in train and test, and is refused."""
    rows = read_table(path, ["id", "text"])
    strangers = [row for row in rows if row.cells["id"] not in ids]
    if strangers:
        raise TableError(path, [(row.line, f'there is no original "{row.cells["id"]}"') for row in strangers])
    refuse_repeated(path, rows, "text")
    texts: dict[str, list[str]] = {id: [] for id in ids}
    for row in rows:
        texts[row.cells["id"]].append(row.cells["text"])
    return texts


def read_unrelated(path: Path) -> list[str]:
    """Returns questions that no entry answers."""
    return [row.cells["text"] for row in read_table(path, ["text"])]


def refuse_repeated(path: Path, rows: list[Row], column: str) -> None:
    first: dict[str, int] = {}
    faults = [
        (row.line, f'the same "{column}" as line {first[row.cells[column]]}')
        for row in rows
        if first.setdefault(row.cells[column], row.line) != row.line
    ]
    if faults:
        raise TableError(path, faults)


def split(faq: Faq, test_share: float, seed: int) -> tuple[Labelled, Labelled]:
    """Splits the duplicates of each original into train and test; at least one goes into the test."""
    random = np.random.default_rng(seed)
    train, test = Labelled([], []), Labelled([], [])
    for label, texts in enumerate(faq.duplicates):
        shuffled = [texts[i] for i in random.permutation(len(texts))]
        test_count = min(len(texts), max(1, round(len(texts) * test_share)))
        add(test, shuffled[:test_count], label)
        add(train, shuffled[test_count:], label)
    return train, test


def folds(labels: list[int], count: int, seed: int) -> np.ndarray:
    """Deals the texts of each class out to ``count`` folds. Returns the fold of each text."""
    random = np.random.default_rng(seed)
    places: Counter[int] = Counter()
    fold = np.zeros(len(labels), dtype=int)
    for i in random.permutation(len(labels)):
        # Classes start at different folds; else small ones would all be in the first.
        fold[i] = (places[labels[i]] + labels[i]) % count
        places[labels[i]] += 1
    return fold


def to_learn_from(duplicates: Labelled, originals: list[Original], extra: Iterable[str]) -> Labelled:
    """Adds to the duplicates each original's question and, as ``extra`` says, its answer and the words of its id."""
    known = Labelled([], [])
    own: list[list[str]] = [[] for _ in originals]
    for text, label in zip(duplicates.texts, duplicates.labels, strict=True):
        own[label].append(text)
    for label, original in enumerate(originals):
        add(known, [original.question, *own[label]], label)
    for label, original in enumerate(originals):
        if "answers" in extra and original.answer:
            add(known, [original.answer], label)
        if "ids" in extra:
            add(known, [original.id.replace("-", " ").replace("_", " ")], label)
    return known


def add(part: Labelled, texts: list[str], label: int) -> None:
    part.texts.extend(texts)
    part.labels.extend([label] * len(texts))
