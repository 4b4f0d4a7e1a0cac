"""`models/<name>/`: the ONNX file, its config and reference vectors of our own for `tests/reference.rs`."""

import json
import random

import numpy as np
import onnx
import onnxruntime

from channels.data import made
from channels.features import FEATURES, MAX_EXCHANGES, features
from channels.fit import onnx_model

BY_HAND = (
    ({"": False}, {}),
    ({"": True}, {"v=spf1 -all": 0.001}),
    ({"version.bind": True}, {"9.18.1": 0.004}),
    ({"_dmarc": False, "a.b.c": True, "0.a": True}, {"a": 0.1, "b c": 0.5, "0": 0.9}),
    ({"4.3.2.1": True, ".".join("0" * 32): False}, {"127.0.0.2": 0.02}),
    (
        {"deadbeef01.x": True, "cafe0bad02.x": True, "x" * 300: False},
        {"ab12cd34": 0.3, "\x00\xff\xfe": 0.7, "y" * 700: 0.99},
    ),
    ({"bcdfghjkl-mnp": True, "..": False}, {"aGVsbG8=": 0.95}),
)


def vectors(count=40):
    """Channels of the generators and by hand, with texts in Latin-1 and scores that are invented."""
    r = random.Random(2027)
    for names, texts in BY_HAND:
        yield (
            {name.encode("latin-1"): one for name, one in names.items()},
            {text.encode("latin-1"): score for text, score in texts.items()},
        )
    for channel in made(count, 2027):
        names, texts = {}, {}
        for name, some in channel.exchanges[:30]:
            names[name] = names.get(name, False) or any(some)
            texts.update((text, round(r.random(), 3)) for text in some if text)
        yield names, texts


def write(folder, network):
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(onnx_model(network), folder / "model.onnx")
    config = {"name": folder.name, "features": list(FEATURES), "max_exchanges": MAX_EXCHANGES, "threshold": 0.5}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    with open(folder / "reference.jsonl", "w") as out:
        for names, texts in vectors():
            row = features(names, texts)
            score = session.run(["score"], {"features": np.array([row], np.float32)})[0][0, 0]
            shown = {
                "names": {name.decode("latin-1"): answered for name, answered in names.items()},
                "texts": {text.decode("latin-1"): one for text, one in texts.items()},
                "features": [round(one, 6) for one in row],
                "score": round(float(score), 6),
            }
            out.write(json.dumps(shown, separators=(",", ":"), ensure_ascii=False) + "\n")
