"""Ranks, baselines, thresholds."""

from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from data import Labelled, Original
from model import prepared
from text import Subwords


@dataclass(frozen=True)
class Ranking:
    """How high the right original stands; of equal scores each gets the average rank."""

    accuracy: tuple[float, float, float]
    mean_rank: float

    def row(self, name: str) -> str:
        at = " | ".join(f"{100 * share:.1f} %" for share in self.accuracy)
        return f"| {name} | {at} | {self.mean_rank:.1f} |"


def rank(scores: np.ndarray, labels: list[int]) -> Ranking:
    """Ranks the right class in each row of ``scores`` [texts, originals]."""
    right = scores[np.arange(len(labels)), labels][:, None]
    ranks = (scores > right).sum(axis=1) + ((scores == right).sum(axis=1) + 1) / 2
    first, second, third = (float((ranks <= k).mean()) for k in (1, 2, 3))
    return Ranking((first, second, third), float(ranks.mean()))


def cosine(known: Labelled, queries: list[str], class_count: int, subwords: Subwords | None) -> np.ndarray:
    """Scores each class by the most similar of its known texts (TF-IDF, cosine)."""
    vectorizer = TfidfVectorizer(lowercase=False)
    vectors = vectorizer.fit_transform(prepared(known.texts, subwords))
    similarity = (vectorizer.transform(prepared(queries, subwords)) @ vectors.T).toarray()
    scores = np.zeros((len(queries), class_count))
    for column, label in enumerate(known.labels):
        scores[:, label] = np.maximum(scores[:, label], similarity[:, column])
    return scores


def baselines(originals: list[Original], train: Labelled, test: Labelled) -> list[str]:
    """Returns table rows: cosine to the originals' questions, and to all train texts."""
    questions = Labelled([o.question for o in originals], list(range(len(originals))))
    known = {"original questions": questions, "nearest train text": train}
    ways = {"words": None, "words + 3..4-grams": Subwords(3, 4)}
    return [
        rank(cosine(texts, test.texts, len(originals), subwords), test.labels).row(f"cosine, {name}, {way}")
        for name, texts in known.items()
        for way, subwords in ways.items()
    ]


def thresholds(test_scores: np.ndarray, labels: list[int], unrelated_scores: np.ndarray) -> list[str]:
    """Returns table rows: what each threshold on the best probability lets through."""
    best, right = test_scores.max(axis=1), test_scores.argmax(axis=1) == labels
    unrelated = unrelated_scores.max(axis=1)
    rows = []
    for threshold in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7):
        kept = best >= threshold
        cells = (right[kept].mean(), kept.mean(), right[kept].sum() / len(labels), (unrelated < threshold).mean())
        rows.append(f"| {threshold:.2f} | " + " | ".join(f"{100 * cell:.1f} %" for cell in cells) + " |")
    return rows
