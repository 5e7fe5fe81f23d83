"""The way into one ONNX graph, and the proof that it is the same model."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto
from onnx.checker import check_model
from onnx.helper import make_tensor_value_info
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.pipeline import Pipeline

OPSET = 17
TOLERANCE = 1e-5
BATCH = 32

# Unicode word characters; the default pattern would use RE2's ASCII ones. Lower-casing is off, so the locale
# does nothing but must exist where the graph is served.
TOKENS = {"tokenexp": r"[\p{L}\p{N}_]{2,}", "locale": "C.UTF-8"}


def export(pipeline: Pipeline, name: str, path: Path) -> None:
    """Writes the trained pipeline as a graph with one input, ``text``, and one output, ``probabilities``."""
    options = {id(pipeline["tfidf"]): TOKENS, id(pipeline["classifier"]): {"zipmap": False}}
    model = to_onnx(
        pipeline,
        name=name,  # The default is random, and so would be the checksum.
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


def parity(path: Path, prepared: np.ndarray, expected: np.ndarray) -> float:
    """Returns the largest difference from ``expected`` over rows run alone, by 32 in order, and by 32 shuffled."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    in_order = np.arange(len(prepared))
    shuffled = np.random.default_rng(0).permutation(len(prepared))
    differences = [
        expected[rows] - run(session, prepared[rows])
        for order, size in ((in_order, 1), (in_order, BATCH), (shuffled, BATCH))
        for rows in np.split(order, range(size, len(order), size))
    ]
    return float(np.abs(np.concatenate(differences)).max())  # NaN if one is.


def run(session: onnxruntime.InferenceSession, prepared: np.ndarray) -> np.ndarray:
    """Returns the probabilities [texts, originals] of one batch."""
    return session.run(["probabilities"], {"text": prepared.reshape(-1, 1)})[0]
