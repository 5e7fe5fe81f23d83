"""The model that every peer serves, as its author would: text in, matches out; measurements in, class out.

The graph is the same file that Scoreline serves, the session has the same options, and the answers
the same members. ``MODEL`` names the folder in ``models``.
"""

import json
import os
import sys
from pathlib import Path

import numpy
import onnxruntime

ROOT = Path(__file__).resolve().parents[3]
NAME = os.environ["MODEL"]
PATH = f"/v1/models/{NAME}/jobs"
TOP_K = 3
"""As many matches as Scoreline answers when nothing else is said."""

BATCH_SIZE = 32
BATCH_WAIT_SECONDS = 0.001
"""How long the first of a batch waits for others, in frameworks that have no better rule."""


def session_of(folder: Path) -> onnxruntime.InferenceSession:
    """One thread that sleeps while it waits: the cores are shared with HTTP."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])


class Faq:
    """Finds the entries of an FAQ that answer a question."""

    def __init__(self) -> None:
        sys.path.append(str(ROOT / "models" / "faq-trainer"))
        from text import Subwords, prepare

        folder = ROOT / "models" / NAME / "1"
        self.session = session_of(folder)
        self.answers = json.loads((folder / "answers.json").read_text())
        subwords = Subwords(**json.loads((folder / "manifest.json").read_text())["pipeline"]["subwords"])
        self.prepare = lambda text: prepare(text, subwords)

    def score(self, inputs: list[dict]) -> list[dict]:
        """One run for all of them."""
        texts = [[self.prepare(it["text"])] for it in inputs]
        (scores,) = self.session.run(["probabilities"], {"text": numpy.array(texts, dtype=object)})
        best = numpy.argsort(-scores, axis=1)[:, :TOP_K]
        return [{"matches": [self.match(rank, i, row[i]) for rank, i in enumerate(top, 1)]} for row, top in zip(scores, best)]

    def match(self, rank: int, index: int, probability: float) -> dict:
        return {"rank": rank, **self.answers[index], "probability": float(probability)}


class Wine:
    """Tells the grower of a wine."""

    def __init__(self) -> None:
        folder = ROOT / "models" / NAME / "1"
        self.session = session_of(folder)
        pipeline = json.loads((folder / "manifest.json").read_text())["pipeline"]
        self.columns = [column["name"] for column in pipeline["columns"]]
        self.classes = pipeline["probabilities"]["classes"]

    def score(self, inputs: list[dict]) -> list[dict]:
        """One run for all of them."""
        rows = numpy.array([[it[name] for name in self.columns] for it in inputs], dtype=numpy.float32)
        labels, probabilities = self.session.run(["label", "probabilities"], {"features": rows})
        return [
            {"label": label, "probabilities": dict(zip(self.classes, row))}
            for label, row in zip(labels.tolist(), probabilities.tolist())
        ]


def load_model() -> Faq | Wine:
    return Wine() if NAME == "wine" else Faq()
