"""FastAPI with two uvicorn processes, each with a session of its own.

An ``async def`` that runs the model at once: with a small model that is quicker than ``def``, which
hands every request to a thread. Returning the declared type lets Pydantic write the JSON.
"""

from fastapi import FastAPI

from peer_model import PATH
from peer_schema import Answer, Request, model

app = FastAPI()


@app.post(PATH)
async def score(request: Request) -> Answer:
    (output,) = model.score([request.input.model_dump()])
    return Answer.model_validate({"output": output})
