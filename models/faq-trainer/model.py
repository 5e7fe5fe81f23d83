"""The classifiers: all of them linear, and all served as a softmax over scores."""

from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC
from sklearn.utils.class_weight import compute_sample_weight

from data import Labelled, Original, folds, to_learn_from
from settings import Settings
from text import Subwords, prepare


def prepared(texts: list[str], subwords: Subwords | None) -> np.ndarray:
    return np.array([prepare(text, subwords) for text in texts], dtype=object)


def make_vectorizer(settings: Settings) -> TfidfVectorizer:
    """Returns it untrained. No sublinear_tf, no callable, no lower-casing: these do not survive the export."""
    return TfidfVectorizer(
        lowercase=False,
        ngram_range=settings.ngrams,
        min_df=settings.min_df,
        max_features=settings.max_features,
        binary=settings.binary,
        use_idf=settings.idf,
    )


class NoFeaturesError(Exception):
    """No word or subword is in enough of the texts."""


def fit_vectorizer(known: Labelled, settings: Settings) -> tuple[TfidfVectorizer, Any]:
    """Returns it trained, and the sparse vectors [texts, features]. Raises NoFeaturesError."""
    vectorizer = make_vectorizer(settings)
    try:
        return vectorizer, vectorizer.fit_transform(prepared(known.texts, settings.subwords))
    except ValueError as error:
        raise NoFeaturesError(f"nothing to learn from is left with a min_df of {settings.min_df}: {error}") from error


def fit_linear(vectors: Any, labels: list[int], settings: Settings, seed: int) -> LogisticRegression:
    """Trains the estimator. Returns it in the form of a logistic regression with the same scores."""
    weight = settings.class_weight
    match settings.estimator:
        case "logistic":
            return LogisticRegression(C=settings.c, class_weight=weight, max_iter=1000, tol=1e-4).fit(vectors, labels)
        case "svm":
            fitted = LinearSVC(C=settings.c, class_weight=weight, random_state=seed).fit(vectors, labels)
            return in_logistic_form(fitted.coef_, fitted.intercept_, fitted.classes_)
        case "ridge":
            fitted = RidgeClassifier(alpha=1 / settings.c, class_weight=weight).fit(vectors, labels)
            return in_logistic_form(fitted.coef_, fitted.intercept_, fitted.classes_)
        case _:
            sample_weight = compute_sample_weight(weight, labels)
            fitted = ComplementNB(alpha=1 / settings.c).fit(vectors, labels, sample_weight)
            # What all classes share changes no probability, but takes digits from float32 in the graph.
            coefficients = fitted.feature_log_prob_ - fitted.feature_log_prob_.mean(axis=0)
            if len(coefficients) == 2:  # A logistic regression of two classes has the scores of the second.
                coefficients = coefficients[1:] - coefficients[:1]
            return in_logistic_form(coefficients, np.zeros(len(coefficients)), fitted.classes_)


def in_logistic_form(coefficients: np.ndarray, intercepts: np.ndarray, classes: np.ndarray) -> LogisticRegression:
    model = LogisticRegression()
    model.coef_, model.intercept_, model.classes_ = coefficients, np.atleast_1d(intercepts), classes
    model.n_features_in_, model.n_iter_ = coefficients.shape[1], np.array([1])
    return model


def scores_of(model: LogisticRegression, vectors: Any) -> np.ndarray:
    """Returns scores [texts, classes], of which the probabilities are the softmax."""
    scores = model.decision_function(vectors)
    return scores if scores.ndim == 2 else np.column_stack([np.zeros(len(scores)), scores])


def sharpness_of(scores: np.ndarray, labels: np.ndarray) -> float:
    """Returns the factor on ``scores`` with the least log loss: margins become probabilities, ranks stay."""
    found = minimize_scalar(lambda log: log_loss(np.exp(log) * scores, labels), bounds=(-7, 7), method="bounded")
    return float(np.exp(found.x))


def log_loss(scores: np.ndarray, labels: np.ndarray) -> float:
    return float(-log_softmax(scores, axis=1)[np.arange(len(labels)), labels].mean())


def unseen_scores(
    train: Labelled, originals: list[Original], settings: Settings, fold_count: int, seed: int
) -> tuple[np.ndarray, int]:
    """Scores each duplicate by a model that has not seen its fold. Returns [texts, originals], and the features."""
    fold = folds(train.labels, fold_count, seed)
    scores = np.zeros((len(train.texts), len(originals)))
    feature_count = 0
    for unseen in range(fold_count):
        seen = [i for i in range(len(fold)) if fold[i] != unseen]
        part = Labelled([train.texts[i] for i in seen], [train.labels[i] for i in seen])
        known = to_learn_from(part, originals, settings.extra)
        vectorizer, vectors = fit_vectorizer(known, settings)
        model = fit_linear(vectors, known.labels, settings, seed)
        rows = np.flatnonzero(fold == unseen)
        texts = prepared([train.texts[i] for i in rows], settings.subwords)
        if len(rows):
            scores[rows] = scores_of(model, vectorizer.transform(texts))
        feature_count = max(feature_count, len(vectorizer.vocabulary_))
    return scores, feature_count


def train_pipeline(
    train: Labelled, originals: list[Original], settings: Settings, fold_count: int, seed: int
) -> Pipeline:
    """Returns the trained pipeline: prepared text in, a probability per original out."""
    known = to_learn_from(train, originals, settings.extra)
    vectorizer, vectors = fit_vectorizer(known, settings)
    model = fit_linear(vectors, known.labels, settings, seed)
    if settings.estimator != "logistic" and train.texts:
        scores, _ = unseen_scores(train, originals, settings, fold_count, seed)
        sharpness = sharpness_of(scores, np.array(train.labels))
        model.coef_, model.intercept_ = model.coef_ * sharpness, model.intercept_ * sharpness
    return Pipeline([("tfidf", vectorizer), ("classifier", model)])
