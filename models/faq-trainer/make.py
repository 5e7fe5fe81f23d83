"""From tables to a version folder, step by step."""

import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from card import card
from data import Faq, Labelled, split, to_learn_from
from evaluate import baselines, cuts, percent, rank
from graph import TOLERANCE, export, parity
from model import NoFeaturesError, prepared, train_pipeline
from odd_texts import ODD_TEXTS
from pairs import Pairs, train_pairs
from pairs_graph import export_pairs
from plot import plot
from report import Figures, report, worst_tables
from search import Trial, search, write_trials
from settings import Settings, settings_of
from version import Served, publish, sampled, write_answers, write_golden, write_held_out, write_manifest, write_parity

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """A model, and what it was made of."""

    options: Namespace
    faq: Faq
    train: Labelled
    test: Labelled
    settings: Settings
    how: str
    pipeline: Pipeline | Pairs

    @property
    def known_words(self) -> Pairs | TfidfVectorizer:
        """What has the vocabulary."""
        return self.pipeline if isinstance(self.pipeline, Pairs) else self.pipeline["tfidf"]

    @property
    def served(self) -> Served:
        count, options = len(self.faq.originals), self.options
        description = options.description or f"Finds the entry of a FAQ ({count} entries) that answers a question."
        about = (options.name, options.version, description, options.license)
        way = (options.max_batch_size, options.preload)
        return Served(*about, options.max_characters, options.threshold, *way)


def make_version(options: Namespace, given: dict[str, Any], faq: Faq, unrelated: list[str], say: Say) -> None:
    """Searches where asked to, trains, tests, and publishes what is at parity. Exits with 1 if it is not."""
    for note in faq.left_out:
        say(f"left out: {note}")
    folder = options.models / options.name / str(options.version)
    options.report.mkdir(parents=True, exist_ok=True)
    with threadpool_limits(limits=1), tempfile.TemporaryDirectory() as made:
        try:
            trained = train(options, given, faq, say)
        except NoFeaturesError as error:
            sys.exit(f"train.py: {error}")
        figures, scores = write_served(Path(made), trained, unrelated)
        write_report(Path(made), trained, figures, scores)
        publish(Path(made), folder)
    say(f"wrote {folder}, and to {options.report} report.md, report.png and best.args")


def train(options: Namespace, given: dict[str, Any], faq: Faq, say: Say) -> Trained:
    learn, test = split(faq, options.test_share, options.seed)
    if not test.texts:
        sys.exit("train.py: no duplicates are left to test with")
    settings, how = choose(options, given, faq, learn, say)
    again = [*settings.arguments(), f"--folds={options.folds}"]
    (options.report / "best.args").write_text("\n".join(again) + "\n", encoding="utf-8")
    say(f"training: {len(faq.originals)} originals, {len(learn.texts)} duplicates")
    if settings.recipe == "pairs":
        pipeline = train_pairs(learn, faq.originals, settings, options.seed)
    else:
        pipeline = train_pipeline(learn, faq.originals, settings, options.folds, options.seed)
    return Trained(options, faq, learn, test, settings, how, pipeline)


def choose(options: Namespace, given: dict[str, Any], faq: Faq, train: Labelled, say: Say) -> tuple[Settings, str]:
    """Returns the settings, and in a sentence where they are from."""
    if options.search is None:
        return settings_of(given), "They were given to the trainer."
    if not train.texts:
        sys.exit("train.py: no duplicates are left to search with; --min-duplicates 2 leaves one of each to learn from")
    trials = search(train, faq.originals, given, (options.search, options.folds, options.seed), say)
    if not trials:
        sys.exit("train.py: every trial was left without features; give a lower --min-df")
    write_trials(options.report / "search.tsv", trials)
    return trials[0].settings, told(trials, options.folds)


def told(trials: list[Trial], fold_count: int) -> str:
    best = trials[0].ranking
    return (
        f"The best by mean reciprocal rank of {len(trials)} (the defaults, and others drawn), in cross-validation\n"
        f"with {fold_count} folds on the train split. There, accuracy@1 was {percent(best.accuracy(1))} and\n"
        f"the mean rank {best.mean:.1f}."
    )


def write_served(made: Path, trained: Trained, unrelated: list[str]) -> tuple[Figures, np.ndarray]:
    """Writes all that is served and compared with. Returns the figures, and the test questions' probabilities."""
    originals, test, pipeline = trained.faq.originals, trained.test, trained.pipeline
    subwords = trained.settings.subwords
    odd = {name: text for name, text in ODD_TEXTS.items() if len(text) <= trained.options.max_characters}
    texts = prepared([*test.texts, *odd.values()], subwords)
    scores = pipeline.predict_proba(texts)
    write_graph = export_pairs if isinstance(pipeline, Pairs) else export
    write_graph(pipeline, trained.options.name, made / "model.onnx")
    difference = parity(made / "model.onnx", texts, scores)
    if not difference <= TOLERANCE:  # Neither is NaN.
        sys.exit(f"train.py: the graph differs from scikit-learn by {difference:.1e}, more than {TOLERANCE:g}")
    write_answers(made, originals)
    write_manifest(made, trained.served, trained.settings, len(originals))
    write_parity(made, [*test.texts, *odd.values()], trained.settings, scores)
    samples = sampled(test.texts, [originals[label].id for label in test.labels])
    texts_by_name = {"the first original": originals[0].question, **samples, **odd}
    # The API refuses the others.
    golden = {name: text for name, text in texts_by_name.items() if 0 < len(text) <= trained.options.max_characters}
    truths = {"the first original": originals[0].id, **{name: name.split(", ", 1)[1] for name in samples}}
    write_golden(made, originals, golden, truths, pipeline.predict_proba(prepared(list(golden.values()), subwords)))
    tested = scores[: len(test.texts)]
    figures = Figures(
        ranking=rank(tested, test.labels),
        baselines=baselines(originals, trained.train, test),
        cuts=cuts(tested, test.labels, pipeline.predict_proba(prepared(unrelated, subwords)) if unrelated else None),
        parity=difference,
        parity_text_count=len(texts),
        feature_count=len(trained.known_words.vocabulary_),
        graph_bytes=(made / "model.onnx").stat().st_size,
    )
    return figures, tested


def write_report(made: Path, trained: Trained, figures: Figures, scores: np.ndarray) -> None:
    """Writes the card, the report and the plot; prints the report."""
    originals, served, folder = trained.faq.originals, trained.served, trained.options.report
    learned = len(to_learn_from(trained.train, originals, trained.settings.extra).texts)
    counts = (len(originals), learned, len(trained.test.texts))
    text = card(served, trained.settings, counts, trained.how, trained.faq.left_out, figures)
    (made / "card.md").write_text(text, encoding="utf-8")
    title = f"{served.name}, version {served.version}"
    facts = [
        f"{counts[0]} originals, {counts[1]} texts to learn from, {counts[2]} to test with",
        f"{figures.feature_count} features, {figures.graph_bytes} bytes",
        f"at most {figures.parity:.1e} between scikit-learn and onnxruntime",
        *("left out: " + note for note in trained.faq.left_out),
    ]
    whole = report(title, facts, figures, worst_tables(originals, figures.ranking, scores, trained.test))
    print(whole)
    write_held_out(folder, originals, trained.test, figures.ranking.ranks)
    (folder / "report.md").write_text(whole, encoding="utf-8")
    plot(folder / "report.png", title, figures)
