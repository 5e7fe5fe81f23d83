"""ResNet-152 (version 1: the stride is in a block's first convolution) as an ONNX graph with seeded random weights.

Batch normalisation is folded: every convolution has a bias. Weights are He's, so that activations keep their size; the
last convolution of each block is damped, or fifty blocks would double the variance fifty times and end in infinities.
"""

from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
CLASSES = 1000
STAGES = ((64, 3), (128, 8), (256, 36), (512, 3))
"""Inner channels and blocks of each stage; a block gives four times its inner channels."""
EXPANSION = 4
DAMPING = 0.2
BIAS_SPREAD = 0.01


@dataclass
class Network:
    """A graph under construction. `add` methods take the name of a tensor and give the name of the next."""

    random: np.random.Generator
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, op_type: str, inputs: list[str], **attributes: object) -> str:
        """Adds a node with one output."""
        output = f"{op_type.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, inputs, [output], name=output, **attributes))
        return output

    def add_weight(self, values: NDArray[np.float64]) -> str:
        """Adds a float32 initializer: at the top of the graph, where the quantiser looks for it."""
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def add_convolution(self, source: str, shape: tuple[int, int, int], stride: int = 1, gain: float = 1.0) -> str:
        """A convolution of (channels out, channels in, width of a square kernel), padded to keep the size."""
        channels_out, channels_in, width = shape
        spread = gain * np.sqrt(2 / (channels_in * width * width))
        kernel = self.add_weight(self.random.normal(0, spread, (channels_out, channels_in, width, width)))
        bias = self.add_weight(self.random.normal(0, BIAS_SPREAD, channels_out))
        sizes = {"kernel_shape": [width, width], "strides": [stride, stride], "pads": [width // 2] * 4}
        return self.add("Conv", [source, kernel, bias], **sizes)

    def add_block(self, source: str, channels: tuple[int, int], stride: int) -> str:
        """A bottleneck of (channels in, inner channels); its shortcut is projected where the shape changes."""
        channels_in, inner = channels
        channels_out = inner * EXPANSION
        branch = self.add("Relu", [self.add_convolution(source, (inner, channels_in, 1), stride)])
        branch = self.add("Relu", [self.add_convolution(branch, (inner, inner, 3))])
        branch = self.add_convolution(branch, (channels_out, inner, 1), gain=DAMPING)
        if channels_in != channels_out:
            source = self.add_convolution(source, (channels_out, channels_in, 1), stride, gain=np.sqrt(0.5))
        return self.add("Relu", [self.add("Add", [source, branch])])


def random_resnet152(seed: int, names: tuple[str, str]) -> onnx.ModelProto:
    """The whole network: float32 [batch, 3, 224, 224] under the first name, logits [batch, 1000] under the second."""
    image, logits = names
    network = Network(np.random.default_rng(seed))
    flow = network.add("Relu", [network.add_convolution(image, (64, 3, 7), stride=2)])
    flow = network.add("MaxPool", [flow], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    channels = 64
    for stage, (inner, blocks) in enumerate(STAGES):
        for block in range(blocks):
            flow = network.add_block(flow, (channels, inner), stride=2 if block == 0 and stage > 0 else 1)
            channels = inner * EXPANSION
    flow = network.add("Flatten", [network.add("GlobalAveragePool", [flow])])
    dense = network.add_weight(network.random.normal(0, np.sqrt(1 / channels), (CLASSES, channels)))
    bias = network.add_weight(network.random.normal(0, BIAS_SPREAD, CLASSES))
    network.nodes.append(helper.make_node("Gemm", [flow, dense, bias], [logits], name="dense", transB=1))
    graph = helper.make_graph(
        network.nodes,
        "resnet152-random",
        [helper.make_tensor_value_info(image, TensorProto.FLOAT, ["batch", 3, 224, 224])],
        [helper.make_tensor_value_info(logits, TensorProto.FLOAT, ["batch", CLASSES])],
        network.weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model
