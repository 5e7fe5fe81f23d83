"""What a FastAPI application declares of its requests and answers."""

from pydantic import BaseModel, ConfigDict, create_model

from peer_model import NAME, load_model

model = load_model()


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Text(Strict):
    text: str


class Match(BaseModel):
    rank: int
    id: str
    question: str
    answer: str
    probability: float


class Matches(BaseModel):
    matches: list[Match]


class Label(BaseModel):
    label: str
    probabilities: dict[str, float]


IS_WINE = NAME == "wine"
Input = create_model("Input", __base__=Strict, **{name: (float, ...) for name in model.columns}) if IS_WINE else Text
Output = Label if IS_WINE else Matches


class Request(Strict):
    input: Input


class Answer(BaseModel):
    output: Output
