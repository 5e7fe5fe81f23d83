"""Graphs that need a manifest by hand, with one, and what they answer.

usage: by_hand.py FOLDER, which gets NAME/1/model.onnx and manifest.json, and cases.json: by name, inputs
and outputs as the API has them. The answers are calculated here, not by onnxruntime.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(sys.argv[1])
FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16
DTYPES = {FLOAT: "float32", HALF: "float16"}
value = helper.make_tensor_value_info
cases = {}


def plain(number: float):
    """A float32 as the API writes it."""
    return float(number) if np.isfinite(number) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(number)]


def add(name, node, inputs, output, answers, constants=(), most=4) -> None:
    """`inputs` and `output` are what the graph declares; the manifest says "batch" first."""
    graph = helper.make_graph(
        [node], name, inputs, [output], [numpy_helper.from_array(array, key) for key, array in constants]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data = model.SerializeToString()
    folder = FOLDER / name / "1"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(data)
    manifest = {
        "name": name,
        "version": 1,
        "file": {"path": "model.onnx", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()},
        "inputs": [described(one) for one in inputs],
        "outputs": [described(output)],
        "pipeline": {"type": "tensor"},
        "batching": {"max_batch_size": most},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    cases[name] = [{"input": given, "output": {output.name: wanted}} for given, wanted in answers]


def described(info) -> dict:
    tensor = info.type.tensor_type
    rest = [dim.dim_value or dim.dim_param for dim in tensor.shape.dim][1:]
    return {"name": info.name, "dtype": DTYPES[tensor.elem_type], "shape": ["batch", *rest]}


def main() -> None:
    twice = [("w", np.eye(4, dtype=np.float32) * 2)]
    product = helper.make_node("MatMul", ["x", "w"], ["y"])
    rows = [[1, 2, 3, 4], [0, -1, 0.5, 1024]]
    doubled = [({"x": row}, [2 * number for number in row]) for row in rows]
    # As exporters declare it that have seen one row.
    add("one-row-out", product, [value("x", FLOAT, ["batch", 4])], value("y", FLOAT, [1, 4]), doubled, twice)
    add("one-row", product, [value("x", FLOAT, [1, 4])], value("y", FLOAT, [1, 4]), doubled, twice)
    half = [("w", np.eye(4, dtype=np.float16) * 2)]
    add("half", product, [value("x", HALF, ["batch", 4])], value("y", HALF, ["batch", 4]), doubled, half)
    # Out as they come in: what is no number, too.
    odd = [[1, 0, -1, 2], ["NaN", "Infinity", "-Infinity", 0.5]]
    with np.errstate(all="ignore"):
        logs = [({"x": row}, [plain(one) for one in np.log(np.float32([float(it) for it in row]))]) for row in odd]
    log = helper.make_node("Log", ["x"], ["y"])
    add("log", log, [value("x", FLOAT, ["batch", 4])], value("y", FLOAT, ["batch", 4]), logs)
    past = helper.make_node("Concat", ["past", "x"], ["present"], axis=1)
    sequence, earlier = value("x", FLOAT, ["batch", "new", 2]), value("past", FLOAT, ["batch", "past", 2])
    both = [
        ({"x": [[1, 2]], "past": [[3, 4], [5, 6]]}, [[3, 4], [5, 6], [1, 2]]),
        ({"x": [[1, 2], [7, 8]], "past": [[3, 4]]}, [[3, 4], [1, 2], [7, 8]]),
    ]
    add("past", past, [sequence, earlier], value("present", FLOAT, ["batch", "past + new", 2]), both)
    # The scores of each image against all texts of a batch: right only alone.
    scores = helper.make_node("Gemm", ["image", "text"], ["scores"], transB=1)
    pair = [value("image", FLOAT, ["batch", 2]), value("text", FLOAT, ["texts", 2])]
    alone = [({"image": [1, 2], "text": [3, 4]}, [11]), ({"image": [5, 6], "text": [7, 8]}, [83])]
    add("pairs", scores, pair, value("scores", FLOAT, ["batch", "texts"]), alone, most=1)
    (FOLDER / "cases.json").write_text(json.dumps(cases))


if __name__ == "__main__":
    main()
