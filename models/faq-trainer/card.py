"""The model card: what can be said without knowing the data. The rest is for its owner to write."""

from report import Figures, ranking_table, threshold_table
from settings import Settings, as_cells
from version import Served


def card(
    served: Served, settings: Settings, counts: tuple[int, int, int], how: str, notes: list[str], figures: Figures
) -> str:
    """Returns Markdown. ``counts`` are originals, texts to learn from, test questions."""
    originals, learned, tested = counts
    way, sums = WAYS[settings.recipe](settings, figures)
    given = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in as_cells(settings).items())
    return f"""# {served.name}, version {served.version}

{served.description} One probability per entry{sums}.

## What it is

{way},
in one ONNX graph of {figures.graph_bytes:,} bytes: strings `[batch, 1]` in, `probabilities` float32 `[batch, {originals}]` out. Made by
`models/faq-trainer`; its README says how a text is prepared outside the graph.

## Data

{learned:,} texts to learn from; {tested:,} duplicates to test with, which were neither
learned from nor looked at when settings were chosen.{"".join(f" Left out: {note}." for note in notes)}

## How good it is

On the {tested:,} test questions: share whose original is at rank 1, 2, ... at most;
of equal scores each gets the average rank. Cosine is to the originals'
questions, or to the nearest of all known texts.

{ranking_table(figures)}

## Threshold

The manifest says {served.threshold:g}. On the best probability, a threshold would do
this (precision: of those answered, right at rank 1; recall: of all test
questions, answered and right):

{threshold_table(figures.cuts)}

## How the settings were chosen

{how}
They are: {given}.

## Parity

scikit-learn against onnxruntime in Python: largest difference {figures.parity:.1e} over
{figures.parity_text_count:,} texts, all {originals} probabilities, each alone, by 32 in order, and by 32
shuffled.

## Limits

Texts of {served.characters_max:,} characters at most. There is no class for "none of these". A
text without known words gets the prior.
"""


def classes(settings: Settings, figures: Figures) -> tuple[str, str]:
    """Returns what the model is, and what more there is to say of its probabilities."""
    what = f"and a linear classifier\n({settings.estimator}) with a softmax"
    return f"TF-IDF over {units(settings)} ({figures.feature_count:,} features), {what}", ""


def pairs(settings: Settings, figures: Figures) -> tuple[str, str]:
    what = f"one of the question and one of an original ({figures.feature_count:,} features)"
    trees = f"gradient boosting ({settings.trees:,} trees of up to {settings.leaves} leaves) over pairs of both"
    sums = ", of its pair\nwith the question: they do not sum to 1"
    return f"Two blocks of TF-IDF over {units(settings)}, {what},\nand {trees}", sums


WAYS = {"classes": classes, "pairs": pairs}


def units(settings: Settings) -> str:
    return "words" if settings.subwords is None else "words and character n-grams"
