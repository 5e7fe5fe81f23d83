"""What a model is made with. Every member is an option of train.py, and can be drawn by the search."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from text import Subwords

# Inverse regularisation: where one starts, and between which the search draws. For naive-bayes, 1 / smoothing.
ESTIMATORS = {
    "logistic": (100.0, (3.0, 300.0)),
    "svm": (1.0, (0.03, 3.0)),
    "ridge": (1.0, (0.1, 10.0)),
    "naive-bayes": (0.3, (0.03, 10.0)),
}


SUBWORDS = Subwords(3, 4)
RECIPES = ("classes", "pairs")

# Where the recipe "pairs" starts instead: with words alone, and all of them, as the reference does.
PAIRS = {"subwords": None, "min_df": 1}
# What each recipe does not have.
FOREIGN = {
    "classes": ("trees", "leaves", "leaf_pairs", "others"),
    "pairs": ("estimator", "c", "class_weight"),
}


@dataclass(frozen=True)
class Settings:
    """Recipe, features, estimator, and what it learns from besides questions and duplicates."""

    recipe: str = "classes"
    estimator: str = "logistic"
    c: float = ESTIMATORS["logistic"][0]
    class_weight: str | None = None
    subwords: Subwords | None = SUBWORDS
    ngrams: tuple[int, int] = (1, 1)
    min_df: int = 2
    max_features: int | None = None
    binary: bool = False
    idf: bool = True
    extra: tuple[str, ...] = ("answers", "ids")
    trees: int = 2000
    leaves: int = 31
    leaf_pairs: int = 20
    others: int = 19

    def arguments(self) -> list[str]:
        """Returns the options that give these settings, one a line of a file for ``@``."""
        lines = {
            "recipe": f"--recipe={self.recipe}",
            "estimator": f"--estimator={self.estimator}",
            "c": f"--c={self.c!r}",
            "class_weight": f"--class-weight={self.class_weight or 'none'}",
            "subwords": f"--subwords={pair(self.subwords)}",
            "ngrams": f"--ngrams={self.ngrams[0]},{self.ngrams[1]}",
            "min_df": f"--min-df={self.min_df}",
            "max_features": f"--max-features={self.max_features or 'none'}",
            "binary": "--binary" if self.binary else "--no-binary",
            "idf": "--idf" if self.idf else "--no-idf",
            "extra": f"--extra={','.join(self.extra) or 'none'}",
            "trees": f"--trees={self.trees}",
            "leaves": f"--leaves={self.leaves}",
            "leaf_pairs": f"--leaf-pairs={self.leaf_pairs}",
            "others": f"--others={self.others}",
        }
        return [line for name, line in lines.items() if name not in FOREIGN[self.recipe]]


def pair(subwords: Subwords | None) -> str:
    return f"{subwords.min},{subwords.max}" if subwords else "none"


def settings_of(given: dict[str, Any]) -> Settings:
    """Returns the defaults with what was given; ``c`` starts where it suits the estimator."""
    if given.get("recipe") == "pairs":
        return replace(Settings(), **(PAIRS | given))
    chosen = replace(Settings(), **given)
    return chosen if "c" in given else replace(chosen, c=ESTIMATORS[chosen.estimator][0])


def draw(random: np.random.Generator, given: dict[str, Any]) -> Settings:
    """Draws what was not given. The same generator and the same ``given`` give the same settings."""
    estimator = given.get("estimator", pick(random, list(ESTIMATORS)))
    low, high = np.log(ESTIMATORS[estimator][1])
    ways: dict[str, Callable[[], Any]] = {
        "estimator": lambda: estimator,
        "c": lambda: float(f"{np.exp(random.uniform(low, high)):.2g}"),
        "class_weight": lambda: pick(random, [None, "balanced"]),
        "subwords": lambda: pick(random, [None, *LENGTHS, *LENGTHS]),
        "ngrams": lambda: pick(random, [(1, 1), (1, 2)]),
        "min_df": lambda: pick(random, [1, 2, 2, 3]),
        "max_features": lambda: None,
        "binary": lambda: pick(random, [False, True]),
        "idf": lambda: pick(random, [True, True, False]),
        "extra": lambda: pick(random, [("answers", "ids"), ("answers",), ()]),
    }
    # All are drawn, given or not: holding one leaves the others as they were.
    drawn = {name: way() for name, way in ways.items()} | given
    if drawn["subwords"] is not None and "ngrams" not in given:
        drawn["ngrams"] = (1, 1)  # Pairs of subwords are many, and say little.
    return Settings(**drawn)


LENGTHS = [Subwords(3, 3), Subwords(2, 4), Subwords(3, 4), Subwords(3, 5), Subwords(4, 4)]


def pick(random: np.random.Generator, choices: list[Any]) -> Any:
    return choices[int(random.integers(len(choices)))]


def as_cells(settings: Settings) -> dict[str, str]:
    """Returns the settings as a row of a table."""
    cells = {name: str(value) for name, value in asdict(settings).items()}
    shown = cells | {
        "c": f"{settings.c:g}",
        "class_weight": settings.class_weight or "none",
        "subwords": pair(settings.subwords),
        "ngrams": f"{settings.ngrams[0]},{settings.ngrams[1]}",
        "max_features": str(settings.max_features or "none"),
        "extra": ",".join(settings.extra) or "none",
    }
    return {name: cell for name, cell in shown.items() if name not in FOREIGN[settings.recipe]}
