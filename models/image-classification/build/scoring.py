"""Runs a graph the way the service does, and turns its logits into predictions."""

from pathlib import Path
from typing import TypedDict

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from labels import Label
from preprocess import centre_pixels, view_pixels

TOP_K = 5


class Prediction(TypedDict):
    """One entry of an answer, as in golden.json."""

    label: str
    index: int
    wnid: str
    probability: float


def open_session(model: Path) -> onnxruntime.InferenceSession:
    """A CPU session of one thread with all graph optimisations."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def predictions(session: onnxruntime.InferenceSession, photograph: Path, labels: list[Label]) -> list[Prediction]:
    """The five likeliest classes of a photograph, likeliest first."""
    (probabilities,) = softmax(logits(session, centre_pixels(photograph)[np.newaxis]))
    best = np.argsort(-probabilities, kind="stable")[:TOP_K]
    return [
        Prediction(
            label=labels[index]["label"],
            index=int(index),
            wnid=labels[index]["wnid"],
            probability=round(float(probabilities[index]), 6),
        )
        for index in best
    ]


def top_classes(model: Path, photographs: list[Path]) -> NDArray[np.int64]:
    """The likeliest class of every view of every photograph, int64 [photographs, 10]."""
    session = open_session(model)
    return np.stack([logits(session, np.stack(view_pixels(path))).argmax(axis=1) for path in photographs])


def logits(session: onnxruntime.InferenceSession, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 [batch, 224, 224, 3] in, float32 [batch, 1000] out."""
    (scores,) = session.run(["logits"], {"image": pixels})
    return scores


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Row-wise softmax in float64, [batch, 1000]."""
    powers = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
