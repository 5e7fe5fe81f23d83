"""The figures as a picture."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # No screen needed.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from evaluate import Ranking
from report import Figures

PLACES_SHOWN = 20
RANKS = [("1", 1), ("2", 2), ("3", 3), ("4-5", 5), ("6-10", 10), ("11-20", 20), ("21+", float("inf"))]
MODEL, BASELINE = "#1f5fa8", "#a0a0a0"


def plot(path: Path, title: str, figures: Figures) -> None:
    """Draws accuracy@k, the ranks, and what thresholds do, side by side."""
    figure, (accuracy, ranks, threshold) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    figure.suptitle(title)
    draw_accuracy(accuracy, figures.ranking, figures.baselines)
    draw_ranks(ranks, figures.ranking)
    draw_cuts(threshold, figures)
    figure.savefig(path, dpi=120, metadata={"Software": None})
    plt.close(figure)


def draw_accuracy(axes: Axes, ranking: Ranking, baselines: dict[str, Ranking]) -> None:
    places = range(1, PLACES_SHOWN + 1)
    for style, (name, other) in zip(["-", "--", "-.", ":"], baselines.items(), strict=False):
        axes.plot(places, [other.accuracy(k) for k in places], color=BASELINE, linestyle=style, label=name)
    axes.plot(places, [ranking.accuracy(k) for k in places], color=MODEL, linewidth=2, label="this model")
    axes.set(title="Accuracy@k", xlabel="k", xticks=[1, 5, 10, 15, 20], ylim=(0, 1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(fontsize="small", loc="lower right")


def draw_ranks(axes: Axes, ranking: Ranking) -> None:
    up_to = np.array([(ranking.ranks <= last).sum() for _, last in RANKS])
    counts = np.diff(up_to, prepend=0)
    bars = axes.bar([name for name, _ in RANKS], counts, color=MODEL)
    axes.bar_label(bars, fontsize="small")
    axes.set(title=f"Rank of the right original (mean {ranking.mean:.1f})", xlabel="rank", ylabel="test questions")


def draw_cuts(axes: Axes, figures: Figures) -> None:
    at = [cut.threshold for cut in figures.cuts]
    axes.plot(at, [cut.precision for cut in figures.cuts], color=MODEL, label="precision")
    axes.plot(at, [cut.answered for cut in figures.cuts], color=MODEL, linestyle="--", label="answered")
    rejected = [cut.rejected for cut in figures.cuts if cut.rejected is not None]
    if rejected:
        axes.plot(at, rejected, color=BASELINE, label="unrelated rejected")
    axes.set(title="By threshold", xlabel="threshold on the best probability", ylim=(0, 1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(fontsize="small")
