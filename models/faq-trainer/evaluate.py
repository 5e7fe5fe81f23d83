"""Ranks, baselines, thresholds, and the questions that go worst."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from data import Labelled, Original
from model import prepared
from text import Subwords

PLACES = (1, 2, 3, 10)
THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7)


@dataclass(frozen=True)
class Ranking:
    """The rank of the right original for each text, from 1; of equal scores each gets the average rank."""

    ranks: np.ndarray

    def accuracy(self, places: int) -> float:
        """Returns the share of texts whose right original is among the first ``places``."""
        return float((self.ranks <= places).mean())

    @property
    def mean(self) -> float:
        return float(self.ranks.mean())

    @property
    def reciprocal(self) -> float:
        """Returns the mean of 1 / rank: 1 is best."""
        return float((1 / self.ranks).mean())

    def cells(self) -> list[str]:
        return [*(percent(self.accuracy(k)) for k in PLACES), f"{self.mean:.1f}"]


RANKING_HEADER = [*(f"@{k}" for k in PLACES), "mean rank"]


def rank(scores: np.ndarray, labels: list[int]) -> Ranking:
    """Ranks the right class in each row of ``scores`` [texts, originals]."""
    right = scores[np.arange(len(labels)), labels][:, None]
    return Ranking((scores > right).sum(axis=1) + ((scores == right).sum(axis=1) + 1) / 2)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def baselines(originals: list[Original], train: Labelled, test: Labelled) -> dict[str, Ranking]:
    """Ranks by cosine to the originals' questions, and to the nearest of all questions and duplicates."""
    questions = Labelled([o.question for o in originals], list(range(len(originals))))
    nearest = Labelled(questions.texts + train.texts, questions.labels + train.labels)
    known = {"questions": questions, "nearest": nearest}
    ways = {"words": None, "subwords": Subwords(3, 4)}
    return {
        f"cosine, {name}, {way}": rank(cosine(texts, test.texts, len(originals), subwords), test.labels)
        for name, texts in known.items()
        for way, subwords in ways.items()
    }


def cosine(known: Labelled, queries: list[str], class_count: int, subwords: Subwords | None) -> np.ndarray:
    """Scores each class by the most similar of its known texts (TF-IDF, cosine)."""
    vectorizer = TfidfVectorizer(lowercase=False)
    vectors = vectorizer.fit_transform(prepared(known.texts, subwords))
    similarity = (vectorizer.transform(prepared(queries, subwords)) @ vectors.T).toarray()
    scores = np.zeros((len(queries), class_count))
    for column, label in enumerate(known.labels):
        scores[:, label] = np.maximum(scores[:, label], similarity[:, column])
    return scores


@dataclass(frozen=True)
class Cut:
    """What a threshold on the best probability lets through; shares of 1."""

    threshold: float
    precision: float  # Of those answered, right at rank 1; 1 where none is.
    answered: float
    recall: float  # Of all, answered and right.
    rejected: float | None  # Of the unrelated questions.


def cuts(scores: np.ndarray, labels: list[int], unrelated: np.ndarray | None) -> list[Cut]:
    best, right = scores.max(axis=1), scores.argmax(axis=1) == labels
    rows = []
    for threshold in THRESHOLDS:
        kept = best >= threshold
        precision = float(right[kept].mean()) if kept.any() else 1.0
        rejected = None if unrelated is None else float((unrelated.max(axis=1) < threshold).mean())
        rows.append(Cut(threshold, precision, float(kept.mean()), float(right[kept].sum() / len(right)), rejected))
    return rows


def worst_originals(originals: list[Original], ranks: np.ndarray, scores: np.ndarray, labels: list[int]) -> list[list]:
    """Returns, worst mean rank first: id, test questions, accuracy@1, mean rank, and what it is most taken for."""
    of, taken = np.array(labels), scores.argmax(axis=1)
    rows = []
    for label in sorted(set(labels), key=lambda label: (-ranks[of == label].mean(), label)):
        mine = of == label
        wrong = Counter(int(i) for i in taken[mine] if i != label).most_common(1)
        instead = originals[wrong[0][0]].id if wrong else ""
        accuracy = percent(float((ranks[mine] <= 1).mean()))
        rows.append([originals[label].id, int(mine.sum()), accuracy, f"{ranks[mine].mean():.1f}", instead])
    return rows


def worst_texts(originals: list[Original], ranks: np.ndarray, scores: np.ndarray, test: Labelled) -> list[list]:
    """Returns, worst rank first: rank, the right original, what was taken for it, and the text."""
    order = np.argsort(-ranks, kind="stable")
    return [
        [f"{ranks[i]:g}", originals[test.labels[i]].id, originals[int(scores[i].argmax())].id, test.texts[i]]
        for i in order
    ]
