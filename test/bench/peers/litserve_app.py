"""LitServe with dynamic batching, two workers and its quick queue."""

import os

import litserve

from peer_model import BATCH_SIZE, BATCH_WAIT_SECONDS, PATH, load_model


class ScoreApi(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.model = load_model()

    def decode_request(self, request: dict) -> dict:
        return request["input"]

    def batch(self, inputs: list[dict]) -> list[dict]:
        return inputs

    def predict(self, inputs: list[dict]) -> list[dict]:
        return self.model.score(inputs)

    def unbatch(self, outputs: list[dict]) -> list[dict]:
        return outputs

    def encode_response(self, output: dict) -> dict:
        return {"output": output}


if __name__ == "__main__":
    api = ScoreApi(max_batch_size=BATCH_SIZE, batch_timeout=BATCH_WAIT_SECONDS, api_path=PATH)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=2, fast_queue=True)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", generate_client_file=False)
