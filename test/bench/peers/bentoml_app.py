"""BentoML with adaptive batching and two workers, each of which batches for itself."""

import bentoml

from peer_model import BATCH_SIZE, load_model


@bentoml.service(workers=2, traffic={"concurrency": 512, "timeout": 60})
class Score:
    def __init__(self) -> None:
        self.model = load_model()

    @bentoml.api(route="/score", batchable=True, max_batch_size=BATCH_SIZE, max_latency_ms=1000)
    def score(self, inputs: list[dict]) -> list[dict]:
        return self.model.score(inputs)
