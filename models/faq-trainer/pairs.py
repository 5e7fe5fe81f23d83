"""The reference's recipe: pairs of a question and an original, two TF-IDF blocks, and gradient boosting."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from scipy import sparse
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer

from data import Labelled, Original, to_learn_from
from model import NoFeaturesError, fit_vectorizer, make_vectorizer, prepared
from settings import Settings

# How many texts are scored at once: with 175 originals each, their pairs take some megabytes.
TEXTS_AT_ONCE = 64


@dataclass(frozen=True)
class Pairs:
    """The trained model. A row of it is the TF-IDF of a question, then that of an original."""

    question: TfidfVectorizer
    original: TfidfVectorizer
    originals: Any  # Their vectors [originals, features], sparse.
    boosting: LGBMClassifier

    def predict_proba(self, texts: np.ndarray) -> np.ndarray:
        """Returns for prepared texts how probable each original is: [texts, originals], each of 0 to 1.

        A row does not sum to 1: each pair was asked on its own.
        """
        return expit(self.scores(texts))

    def scores(self, texts: np.ndarray) -> np.ndarray:
        """Returns the sums of the leaves, [texts, originals], of which the probabilities are the sigmoid."""
        parts = [texts[at : at + TEXTS_AT_ONCE] for at in range(0, len(texts), TEXTS_AT_ONCE)]
        return np.concatenate([self.part_scores(part) for part in parts])

    def part_scores(self, texts: np.ndarray) -> np.ndarray:
        count = self.originals.shape[0]
        places = np.repeat(np.arange(len(texts)), count), np.tile(np.arange(count), len(texts))
        rows = paired(self.question.transform(texts), self.originals, places)
        return self.boosting.predict(rows, raw_score=True).reshape(len(texts), count)

    @cached_property
    def vocabulary_(self) -> list[str]:
        """All features, those of the question first."""
        return [*self.question.vocabulary_, *self.original.vocabulary_]


def paired(questions: Any, originals: Any, places: tuple[np.ndarray, np.ndarray]) -> Any:
    """Returns the rows of ``questions`` and of ``originals`` at these places, side by side."""
    of_question, of_original = places
    return sparse.hstack([questions[of_question], originals[of_original]], format="csr")


def train_pairs(train: Labelled, originals: list[Original], settings: Settings, seed: int) -> Pairs:
    """Pairs every text to learn from with its original, and with others drawn by the seed; trains on all.

    As the reference does, both kinds of pairs weigh the same in sum. Raises NoFeaturesError.
    """
    known = to_learn_from(train, originals, settings.extra)
    question, questions = fit_vectorizer(known, settings)
    original = make_vectorizer(settings)
    vectors = original.fit_transform(prepared([one.question for one in originals], settings.subwords))
    places = draw_pairs(known.labels, len(originals), settings.others, seed)
    is_match = np.array(known.labels)[places[0]] == places[1]
    weights = len(is_match) / (2 * np.where(is_match, is_match.sum(), (~is_match).sum()))
    boosting = LGBMClassifier(
        n_estimators=settings.trees,
        num_leaves=settings.leaves,
        min_child_samples=settings.leaf_pairs,
        random_state=seed,
        n_jobs=1,
        verbose=-1,
        # The same machine trains the same trees again.
        deterministic=True,
        force_row_wise=True,
    )
    boosting.fit(paired(questions, vectors, places), is_match, sample_weight=weights)
    if not boosting.feature_importances_.any():
        # Texts paired with every original leave nothing to begin with: no word alone makes a match likelier.
        raise NoFeaturesError("no tree found a split; give fewer --others than there are originals, or --leaf-pairs")
    return Pairs(question, original, vectors, boosting)


def draw_pairs(labels: list[int], original_count: int, others: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the places of texts and of originals: of each text its own first, then different others."""
    random = np.random.default_rng(seed)
    count = min(others, original_count - 1)
    drawn = []
    for label in labels:
        wrong = random.choice(original_count - 1, count, replace=False)
        drawn.append([label, *(wrong + (wrong >= label))])  # None is its own: those from there on move up.
    return np.repeat(np.arange(len(labels)), count + 1), np.concatenate(drawn)
