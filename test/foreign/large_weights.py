"""A table of 2.2 million rows of 256 floats, all zero but the last, as a graph with its weights beside it."""

import os
import sys

import onnx
from onnx import TensorProto as T
from onnx import helper

ROWS, WIDTH = 2_200_000, 256
path = sys.argv[1]
weights = os.path.basename(path) + ".data"

table = onnx.TensorProto(name="table", data_type=T.FLOAT, dims=[ROWS, WIDTH])
table.data_location = onnx.TensorProto.EXTERNAL
length = ROWS * WIDTH * 4
for key, value in {"location": weights, "offset": "0", "length": str(length)}.items():
    table.external_data.add(key=key, value=value)
# Sparse: nothing is written but the end.
with open(path + ".data", "wb") as file:
    file.truncate(length)
    file.seek(length - 4)
    file.write(b"\x00\x00\xc0\x3f")  # 1.5, little-endian

graph = helper.make_graph(
    [helper.make_node("Gather", ["table", "row"], ["values"])],
    "table",
    [helper.make_tensor_value_info("row", T.INT64, ["batch", "n"])],
    [helper.make_tensor_value_info("values", T.FLOAT, ["batch", "n", WIDTH])],
    [table],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
with open(path, "wb") as file:
    file.write(model.SerializeToString())
