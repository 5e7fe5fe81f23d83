"""Random search with cross-validation on the train split; the test split is not looked at."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from data import Labelled, Original
from evaluate import PLACES, Ranking, percent, rank
from model import NoFeaturesError, log_loss, sharpness_of, unseen_scores
from settings import Settings, as_cells, draw, settings_of

# What was drawn before is drawn anew, so often at most: there may be no more different settings.
DRAWS_PER_TRIAL = 20


@dataclass(frozen=True)
class Trial:
    """What models with these settings say of texts that they have not seen."""

    settings: Settings
    ranking: Ranking
    log_loss: float
    feature_count: int

    @property
    def order(self) -> tuple[float, float]:
        """Best first: by mean reciprocal rank, then by log loss."""
        return (-self.ranking.reciprocal, self.log_loss)


def search(
    train: Labelled,
    originals: list[Original],
    given: dict[str, Any],
    options: tuple[int, int, int],
    say: Callable[[str], None],
) -> list[Trial]:
    """Tries (trials, folds, seed) drawn settings; those in ``given`` are held. Returns the trials, best first.

    Settings that leave no features are left out.
    """
    count, fold_count, seed = options
    started = time.monotonic()
    trials: list[Trial] = []
    drawn = draws(count, given, seed)
    for number, settings in enumerate(drawn, 1):
        now = f"{settings.estimator} "
        try:
            trials.append(tried(train, originals, settings, fold_count, seed))
            best = min(trials, key=lambda trial: trial.order).ranking
            now += f"@1 {percent(trials[-1].ranking.accuracy(1))}, best {percent(best.accuracy(1))}"
        except NoFeaturesError:
            now += f"leaves no features with a min_df of {settings.min_df}"
        seconds = (time.monotonic() - started) / number * (len(drawn) - number)
        say(f"search {number}/{len(drawn)}: {now}, {seconds:.0f} s left")
    return sorted(trials, key=lambda trial: trial.order)


def draws(count: int, given: dict[str, Any], seed: int) -> list[Settings]:
    """Returns up to ``count`` different settings, the defaults first; fewer where there are no more."""
    random = np.random.default_rng(seed)
    found: dict[Settings, None] = {settings_of(given): None}
    for _ in range(count * DRAWS_PER_TRIAL):
        if len(found) < count:
            found.setdefault(draw(random, given))
    return list(found)


def tried(train: Labelled, originals: list[Original], settings: Settings, fold_count: int, seed: int) -> Trial:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # Such settings score badly, which is all one asks.
        scores, feature_count = unseen_scores(train, originals, settings, fold_count, seed)
    labels = np.array(train.labels)
    loss = log_loss(scores * sharpness_of(scores, labels), labels)
    return Trial(settings, rank(scores, train.labels), loss, feature_count)


def write_trials(path: Path, trials: list[Trial]) -> None:
    """Writes the trials, best first, tab-separated. No times: the same seed writes the same file."""
    figures = [*(f"accuracy@{k}" for k in PLACES), "mean_rank", "mean_reciprocal_rank", "log_loss", "features"]
    lines = ["\t".join([*figures, *as_cells(trials[0].settings)])]
    for trial in trials:
        ranking = trial.ranking
        accuracies = [f"{ranking.accuracy(k):.4f}" for k in PLACES]
        means = [f"{ranking.mean:.2f}", f"{ranking.reciprocal:.4f}", f"{trial.log_loss:.3f}", str(trial.feature_count)]
        lines.append("\t".join([*accuracies, *means, *as_cells(trial.settings).values()]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
