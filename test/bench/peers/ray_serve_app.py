"""Ray Serve with HAProxy in front of two replicas that batch."""

import os
import time

import ray
from ray import serve
from starlette.requests import Request

from peer_model import BATCH_SIZE, BATCH_WAIT_SECONDS, PATH, load_model


@serve.deployment(num_replicas=2, max_ongoing_requests=256, ray_actor_options={"num_cpus": 0.5})
class Score:
    def __init__(self) -> None:
        self.model = load_model()

    @serve.batch(max_batch_size=BATCH_SIZE, batch_wait_timeout_s=BATCH_WAIT_SECONDS)
    async def score(self, inputs: list[dict]) -> list[dict]:
        return self.model.score(inputs)

    async def __call__(self, request: Request) -> dict:
        body = await request.json()
        return {"output": await self.score(body["input"])}


if __name__ == "__main__":
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=200_000_000,
        _node_ip_address="127.0.0.1",
        _temp_dir=os.environ["RAY_FOLDER"],
    )
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(Score.bind(), route_prefix=PATH)
    while True:
        time.sleep(60)
