"""The recipe "pairs" as one ONNX graph: it takes questions, and pairs each with every original itself."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto
from onnx.checker import check_model
from onnx.helper import make_node, make_operatorsetid, make_tensor_value_info
from onnx.numpy_helper import from_array
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType

from graph import OPSET, TOKENS, declare_shapes
from pairs import Pairs
from trees import ensemble_of, used_features

ML_OPSET = 5  # The first with TreeEnsemble.


def export_pairs(pairs: Pairs, name: str, path: Path) -> None:
    """Writes the trained pairs as a graph with one input, ``text``, and one output, ``probabilities``."""
    model = to_onnx(
        pairs.question,
        name=name,
        initial_types=[("text", StringTensorType([None, 1]))],
        options={id(pairs.question): TOKENS},
        target_opset=OPSET,
    )
    graph = model.graph
    used = used_features(pairs.boosting.booster_)
    width = len(pairs.question.vocabulary_)
    of_question = np.array([feature for feature in used if feature < width], np.int64)
    of_original = [feature - width for feature in used if feature >= width]
    known = pairs.originals.toarray()[None, :, of_original].astype(np.float32)
    constants = {
        "question_features": of_question,
        "originals": known,
        "pair_axis": np.array([1], np.int64),
        # Of a question as often as there are originals, and of the originals as often as questions.
        "question_times": np.array([1, known.shape[1], 1], np.int64),
        "one_column": np.array([1, 1], np.int64),
        "rows": np.array([-1, len(used)], np.int64),
        "answers": np.array([-1, known.shape[1]], np.int64),
    }
    graph.initializer.extend(from_array(value, key) for key, value in constants.items())
    graph.node.extend(
        [
            make_node("Gather", [graph.output[0].name, "question_features"], ["used"], axis=1),
            make_node("Unsqueeze", ["used", "pair_axis"], ["question"]),
            make_node("Expand", ["question", "question_times"], ["questions"]),
            make_node("Shape", ["used"], ["batch"], end=1),
            make_node("Concat", ["batch", "one_column"], ["original_times"], axis=0),
            make_node("Expand", ["originals", "original_times"], ["every_original"]),
            make_node("Concat", ["questions", "every_original"], ["pairs"], axis=2),
            make_node("Reshape", ["pairs", "rows"], ["pair_rows"]),
            ensemble_of(pairs.boosting.booster_).node("pair_rows", "pair_scores"),
            make_node("Reshape", ["pair_scores", "answers"], ["scores"]),
            make_node("Sigmoid", ["scores"], ["probabilities"]),
        ]
    )
    del graph.output[:]
    graph.output.append(make_tensor_value_info("probabilities", TensorProto.FLOAT, None))
    others = [opset for opset in model.opset_import if opset.domain != "ai.onnx.ml"]
    del model.opset_import[:]
    model.opset_import.extend(sorted([*others, make_operatorsetid("ai.onnx.ml", ML_OPSET)], key=lambda one: one.domain))
    declare_shapes(model, known.shape[1])
    check_model(model)
    onnx.save(model, path)
