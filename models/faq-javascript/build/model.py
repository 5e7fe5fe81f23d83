"""The classifier, and its way into one ONNX graph."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto
from onnx.checker import check_model
from onnx.helper import make_tensor_value_info
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from data import Labelled, Original
from text import Subwords, prepare

# Chosen by search.py on the train split alone.
SUBWORDS = Subwords(min=3, max=4)
DOCUMENTS_MIN = 2
INVERSE_REGULARISATION = 100.0
OPSET = 17


def make_pipeline(documents_min: int = DOCUMENTS_MIN, c: float = INVERSE_REGULARISATION) -> Pipeline:
    """Returns the untrained pipeline: prepared text in, a probability per original out."""
    return Pipeline(
        [
            # No sublinear_tf, no callable, no lower-casing: these do not survive the export.
            ("tfidf", TfidfVectorizer(lowercase=False, min_df=documents_min)),
            ("classifier", LogisticRegression(C=c, max_iter=1000, tol=1e-4)),
        ]
    )


def with_answers(train: Labelled, originals: list[Original]) -> Labelled:
    """Adds each original's answer, and the words of its id, to the texts to learn from."""
    texts, labels = list(train.texts), list(train.labels)
    for label, original in enumerate(originals):
        texts += [original.answer, original.id.replace("-", " ")]
        labels += [label, label]
    return Labelled(texts, labels)


def prepared(texts: list[str], subwords: Subwords | None = SUBWORDS) -> np.ndarray:
    return np.array([prepare(text, subwords) for text in texts], dtype=object)


def export(pipeline: Pipeline, path: Path) -> None:
    """Writes the trained pipeline as a graph with one input, ``text``, and one output, ``probabilities``."""
    options = {
        # Unicode word characters; the default pattern would use RE2's ASCII ones. Lower-casing is off, so
        # the locale does nothing but must exist where the graph is served.
        id(pipeline["tfidf"]): {"tokenexp": r"[\p{L}\p{N}_]{2,}", "locale": "C.UTF-8"},
        id(pipeline["classifier"]): {"zipmap": False},
    }
    model = to_onnx(
        pipeline,
        name="faq-javascript",  # The default is random, and so would be the checksum.
        initial_types=[("text", StringTensorType([None, 1]))],
        options=options,
        target_opset=OPSET,
    )
    model = select_model_inputs_outputs(model, outputs=["probabilities"])
    model.opset_import.sort(key=lambda opset: opset.domain)  # The converter's order differs between runs.
    declare_shapes(model, len(pipeline["classifier"].classes_))
    check_model(model)
    onnx.save(model, path)


def declare_shapes(model: onnx.ModelProto, class_count: int) -> None:
    """Names the batch dimension, so that the server can tell it from a fixed one."""
    model.graph.input[0].CopyFrom(make_tensor_value_info("text", TensorProto.STRING, ["batch", 1]))
    probabilities = make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", class_count])
    model.graph.output[0].CopyFrom(probabilities)
