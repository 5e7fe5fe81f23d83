"""What Python's tokenizers and onnxruntime say of a sentence-transformers folder, as JSON on stdout.

    python reference.py FOLDER TINY

FOLDER: all-MiniLM-L6-v2 with onnx/model.onnx. TINY: a folder of test/fixtures/folders whose tokenizer tells
of case. One text at a time, nothing padded.
"""

import json
import random
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

MOST = 256
TEXTS = 500
LONGEST = 400

PIECES = [
    "Zürich", "naïve", "Cafe\u0301", "a\u030angstro\u0308m", "İstanbul", "e\u0301\u0302\u0323", "Ω≈ç√",
    "👩‍👩‍👧", "🇫🇷", "👍🏽", "🧑🏿‍🚀", "😀😀", "☃️", "東京", "北京市", "こんにちは", "한국어", "가",
    "مرحبا", "بِسْمِ", "العربية", "שלום", "नमस्ते", "ไทย", "hello", "World", "U.S.A.", "1,234.56€", "x", "--",
    "don't", "unaffable", "\u200bzero\u200b", "tab\there", "𝒜𝓑", "𠜎𠜱",
]


def texts_of(tokenizer, seed):
    """As many tokens each as the numbers from 1 to LONGEST, evenly, and two special ones."""
    draw = random.Random(seed)
    words = sorted(word for word in tokenizer.get_vocab() if word.isalpha() and word.islower())
    texts = []
    for i in range(TEXTS):
        count = 1 + i * (LONGEST - 1) // (TEXTS - 1)
        texts.append(" ".join(draw.choice(words) for _ in range(count)))
    draw.shuffle(texts)
    return texts


def embeddings(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST)
    session = onnxruntime.InferenceSession(folder / "onnx/model.onnx")
    cases = []
    for text in texts_of(tokenizer, 7):
        encoding = tokenizer.encode(text)
        feeds = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        hidden = session.run(None, {name: np.array([it], np.int64) for name, it in feeds.items()})
        mean = hidden[0][0].mean(axis=0)
        vector = mean / np.linalg.norm(mean)
        cases.append(
            {
                "text": text,
                "ids": encoding.ids,
                "truncated": len(encoding.overflowing) > 0,
                "embedding": [float(f"{value:.8g}") for value in vector],
            }
        )
    return cases


def places(file):
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    draw = random.Random(11)
    cases = []
    for _ in range(200):
        pieces = draw.sample(PIECES, draw.randint(1, 12))
        text = draw.choice([" ", "", "  "]).join(pieces)
        encoding = tokenizer.encode(text)
        own = [i for i, special in enumerate(encoding.special_tokens_mask) if special == 0]
        offsets = [list(encoding.offsets[i]) for i in own]
        cases.append({"text": text, "offsets": offsets, "pieces": [text[a:b] for a, b in offsets]})
    return cases


if __name__ == "__main__":
    folder, tiny = map(Path, sys.argv[1:])
    answers = {
        "embeddings": embeddings(folder),
        "places": places(tiny / "tokenizer.json"),
        "realPlaces": places(folder / "tokenizer.json"),
    }
    json.dump(answers, sys.stdout)
