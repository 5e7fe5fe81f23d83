"""FastAPI with two uvicorn processes that take a photograph as the body of a request."""

from fastapi import FastAPI, Request
from pydantic import BaseModel

from peer_model import PATH
from peer_photos import Photos

model = Photos()
app = FastAPI()


class Prediction(BaseModel):
    label: str
    index: int
    wnid: str
    probability: float


class Predictions(BaseModel):
    predictions: list[Prediction]


class Answer(BaseModel):
    output: Predictions


@app.post(PATH)
async def score(request: Request) -> Answer:
    (output,) = model.score([await request.body()])
    return Answer.model_validate({"output": output})
