"""Asks a gateway as OpenAI's own client does: python client.py BASE_URL KEY MODEL < TEXTS > VECTORS"""

import json
import sys

from openai import BadRequestError, OpenAI

url, key, model = sys.argv[1:]
client = OpenAI(base_url=url, api_key=key)
given = json.load(sys.stdin)
answer = client.embeddings.create(model=model, input=given["texts"])
ids = client.embeddings.create(model=model, input=given["ids"])
floats = client.embeddings.create(model=model, input=given["texts"][:3], encoding_format="float")
try:
    client.embeddings.create(model=model, input=["a", ""])
    refused = "not refused"
except BadRequestError as error:
    refused = [error.status_code, error.param, error.code]
json.dump(
    {
        "texts": [one.embedding for one in answer.data],
        "ids": [one.embedding for one in ids.data],
        "floats": [one.embedding for one in floats.data],
        "tokens": answer.usage.total_tokens,
        "models": [one.id for one in client.models.list()],
        "refused": refused,
    },
    sys.stdout,
)
