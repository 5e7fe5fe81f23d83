"""Compares settings by cross-validation on the train split; the test split is not looked at."""

import numpy as np
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from data import Labelled, read_originals, split
from evaluate import rank
from model import DOCUMENTS_MIN, INVERSE_REGULARISATION, SUBWORDS, make_pipeline, prepared, with_answers
from text import Subwords

FOLDS = 3


def main() -> None:
    originals = read_originals()
    train, _ = split(originals)
    extra = with_answers(Labelled([], []), originals)
    none = Labelled([], [])
    for subwords in (None, Subwords(3, 3), Subwords(4, 4), Subwords(2, 4), Subwords(3, 4), Subwords(3, 5)):
        report("with answers", train, extra, subwords, DOCUMENTS_MIN, INVERSE_REGULARISATION)
    for c in (3.0, 10.0, 30.0, 300.0):
        report("with answers", train, extra, SUBWORDS, DOCUMENTS_MIN, c)
    for documents_min in (1, 3, 5):
        report("with answers", train, extra, SUBWORDS, documents_min, INVERSE_REGULARISATION)
    report("without answers", train, none, SUBWORDS, DOCUMENTS_MIN, INVERSE_REGULARISATION)


def report(
    name: str, train: Labelled, extra: Labelled, subwords: Subwords | None, documents_min: int, c: float
) -> None:
    """Prints one row: what each fold's model says of the texts it has not seen."""
    texts, labels = prepared(train.texts, subwords), np.array(train.labels)
    scores = np.zeros((len(labels), labels.max() + 1))
    feature_count = 0
    for seen, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(texts, labels):
        pipeline = make_pipeline(documents_min, c)
        pipeline.fit(np.r_[texts[seen], prepared(extra.texts, subwords)], np.r_[labels[seen], extra.labels].astype(int))
        scores[unseen] = pipeline.predict_proba(texts[unseen])
        feature_count = len(pipeline["tfidf"].vocabulary_)
    loss = -np.log(scores[np.arange(len(labels)), labels]).mean()
    way = f"{subwords.min}..{subwords.max}" if subwords else "none"
    print(rank(scores, train.labels).row(f"{name}, subwords {way}, min_df {documents_min}, C {c:g}"), end="")
    print(f" {loss:.2f} | {feature_count} |", flush=True)


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
