"""A custom runtime of MLServer, with adaptive batching and two inference workers.

It speaks the Open Inference Protocol: a tensor of one element for each member of the input, and of
the answer.
"""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput

from peer_model import NAME, load_model


class Score(MLModel):
    async def load(self) -> bool:
        self.model = load_model()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        columns = {it.name: self.values_of(it) for it in payload.inputs}
        names = list(columns)
        inputs = [dict(zip(names, row)) for row in zip(*columns.values())]
        outputs = self.model.score(inputs)
        tensors = self.classes(outputs) if NAME == "wine" else self.matches(outputs)
        return InferenceResponse(model_name=self.name, outputs=tensors)

    @staticmethod
    def values_of(tensor) -> list:
        if tensor.datatype == "BYTES":
            return StringCodec.decode_input(tensor)
        return NumpyCodec.decode_input(tensor).ravel().tolist()

    @staticmethod
    def matches(outputs: list[dict]) -> list[ResponseOutput]:
        """Of all matches of a row, side by side."""
        rows = [output["matches"] for output in outputs]
        shape = [len(rows), len(rows[0])]

        def tensor(name: str, member: str, datatype: str) -> ResponseOutput:
            data = [match[member] for row in rows for match in row]
            return ResponseOutput(name=name, shape=shape, datatype=datatype, data=data)

        return [
            tensor("label", "id", "BYTES"),
            tensor("question", "question", "BYTES"),
            tensor("answer", "answer", "BYTES"),
            tensor("probability", "probability", "FP64"),
        ]

    @staticmethod
    def classes(outputs: list[dict]) -> list[ResponseOutput]:
        labels = [output["label"] for output in outputs]
        best = [output["probabilities"][output["label"]] for output in outputs]
        shape = [len(outputs), 1]
        return [
            ResponseOutput(name="label", shape=shape, datatype="BYTES", data=labels),
            ResponseOutput(name="probability", shape=shape, datatype="FP64", data=best),
        ]
