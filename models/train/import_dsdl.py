#!/usr/bin/env python3
"""Import the original detection's weights, which you have from DSDL, so that this command can run them.

    python3 models/train/import_dsdl.py WEIGHTS.pt VOCAB.pkl $SPLUNK_HOME/etc/apps/SA-dnstxtscore/models/dsdl

Then `| dnstxtscore model=dsdl`, or `dnstxtscore score --model FOLDER`. The folder's name is the model's. Written are
`model.onnx` and `config.json`; nothing else is kept. Nothing is fetched but numpy and onnx, into an environment
beside this file.

Both files are pickles, and a pickle can run code. Here none does: of the weights three names are known and stand for
functions of this file, of the vocabulary none; any other name is an error that says it.
"""

import argparse
import collections
import hashlib
import json
import pickle
import re
import zipfile
from pathlib import Path

import environment

SHAPES = (
    "embedding.weight [grams, width], lstm.weight_ih_l0 [4 hidden, width], lstm.weight_hh_l0 [4 hidden, hidden], "
    "lstm.bias_ih_l0 and lstm.bias_hh_l0 [4 hidden], fc2.weight [1, hidden], fc2.bias [1]"
)
MAX_BYTES = 1 << 30
OPSET = 17


class Refused(Exception):
    """What was given is not what can be imported."""


def within(size):
    """The original's pickles have 820 and 91,832 bytes."""
    if size > 64 << 20:
        raise Refused(f"a pickle of {size} bytes is none of the original's")


class Weights(pickle.Unpickler):
    """The pickle inside a file that `torch.save` wrote, without torch."""

    def __init__(self, archive, folder):
        within(archive.getinfo(f"{folder}/data.pkl").file_size)
        super().__init__(archive.open(f"{folder}/data.pkl"))
        self.archive, self.folder, self.storages = archive, folder, {}

    def find_class(self, module, name):
        known = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch", "FloatStorage"): "FloatStorage",
            ("torch._utils", "_rebuild_tensor_v2"): tensor,
        }
        if (module, name) not in known:
            raise Refused(f"the weights name {module}.{name}, which is not run: they are not of the original detection")
        return known[module, name]

    def persistent_load(self, what):
        import numpy as np

        kind, storage, key, _device, count = what
        if (kind, storage) != ("storage", "FloatStorage") or not re.fullmatch(r"\d+", key):
            raise Refused(f"the weights hold a {kind} of {storage}; only 32-bit numbers are known")
        if key not in self.storages:
            entry = self.archive.getinfo(f"{self.folder}/data/{key}")
            if entry.file_size > MAX_BYTES:
                raise Refused(f"{entry.filename} has {entry.file_size} bytes")
            self.storages[key] = np.frombuffer(self.archive.read(entry), "<f4")
        if len(self.storages[key]) != count:
            raise Refused(f"storage {key} holds {len(self.storages[key])} numbers and says {count}")
        return self.storages[key]


def tensor(storage, offset, shape, stride, *_rest):
    """Several tensors may lie in one storage."""
    count = 1
    for size, step in zip(reversed(shape), reversed(stride)):
        if step != count:
            raise Refused("a tensor is not stored row by row")
        count *= size
    if offset < 0 or offset + count > len(storage):
        raise Refused("a tensor reaches beyond its storage")
    return storage[offset : offset + count].reshape(shape)


class Words(pickle.Unpickler):
    def find_class(self, module, name):
        raise Refused(f"the vocabulary names {module}.{name}, which is not run: it is a dictionary and nothing else")


def read_weights(path):
    import numpy as np

    with zipfile.ZipFile(path) as archive:
        folders = {name.split("/")[0] for name in archive.namelist() if name.endswith("/data.pkl")}
        if len(folders) != 1:
            raise Refused("the weights are not a file of torch.save: there is no data.pkl in it")
        weights = dict(Weights(archive, folders.pop()).load())
    try:
        embedding, wide, deep = (
            weights[name] for name in ("embedding.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0")
        )
        hidden, width = deep.shape[1], embedding.shape[1]
        shapes = {
            "lstm.weight_ih_l0": (4 * hidden, width),
            "lstm.weight_hh_l0": (4 * hidden, hidden),
            "lstm.bias_ih_l0": (4 * hidden,),
            "lstm.bias_hh_l0": (4 * hidden,),
            "fc2.weight": (1, hidden),
            "fc2.bias": (1,),
        }
        fits = all(weights[name].shape == shape for name, shape in shapes.items()) and set(weights) == {
            "embedding.weight",
            *shapes,
        }
    except (KeyError, AttributeError, IndexError):
        fits = False
    if not fits:
        raise Refused(f"the weights are not of the original network, which has {SHAPES}")
    if not all(np.isfinite(values).all() for values in weights.values()):
        raise Refused("a weight is not a number")
    return weights


def read_vocabulary(path, size):
    within(path.stat().st_size)
    with open(path, "rb") as file:
        words = Words(file).load()
    sound = isinstance(words, dict) and all(type(word) is str and type(number) is int for word, number in words.items())
    if not sound or sorted(words.values()) != list(range(size)) or words.get("<unk>") != 1:
        raise Refused(f"the vocabulary is not one of {size} grams, numbered from 0, with <unk> as 1")
    for word in words:
        word.encode()  # half of a character is none, and JSON could not carry it
    return words


def graph(weights):
    """The network with the input's projection looked up, not computed: an embedding and a matrix are one table.

    Texts are padded on the left with a number beyond the vocabulary, whose input and forget gates are closed: the state
    stays zero until the first token, exactly, so that a score does not depend on what a text is scored with.
    """
    import numpy as np
    from onnx import TensorProto, checker, helper, numpy_helper

    hidden = weights["lstm.weight_hh_l0"].shape[1]

    def gates(values):
        """Torch has input, forget, cell, output; here the three that are sigmoids stand side by side."""
        i, f, g, o = np.split(values, 4)
        return np.concatenate([i, f, o, g])

    padding = np.zeros((1, 4 * hidden), np.float32)
    padding[:, : 2 * hidden] = -1e4
    constants = {
        "embedding": weights["embedding.weight"],
        "wide": gates(weights["lstm.weight_ih_l0"]).T,
        "bias": gates(weights["lstm.bias_ih_l0"] + weights["lstm.bias_hh_l0"]),
        "padding": padding,
        "deep": gates(weights["lstm.weight_hh_l0"]).T,
        "out_w": weights["fc2.weight"].T,
        "out_b": weights["fc2.bias"],
        "three_one": np.array([3 * hidden, hidden], np.int64),
        "ones": np.array([hidden] * 3, np.int64),
        "hidden": np.array([hidden], np.int64),
    }
    node = helper.make_node
    state = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, hidden])
    step = helper.make_graph(
        [
            node("Gather", ["table", "token"], ["x"]),
            node("Gemm", ["h_in", "deep", "x"], ["a"]),
            node("Split", ["a", "three_one"], ["a_sigmoid", "a_tanh"], axis=1),
            node("Sigmoid", ["a_sigmoid"], ["s"]),
            node("Tanh", ["a_tanh"], ["g"]),
            node("Split", ["s", "ones"], ["i", "f", "o"], axis=1),
            node("Mul", ["i", "g"], ["new"]),
            node("Mul", ["f", "c_in"], ["kept"]),
            node("Add", ["new", "kept"], ["c_out"]),
            node("Tanh", ["c_out"], ["t"]),
            node("Mul", ["o", "t"], ["h_out"]),
        ],
        "step",
        [state("h_in"), state("c_in"), helper.make_tensor_value_info("token", TensorProto.INT32, [None])],
        [state("h_out"), state("c_out")],
    )
    nodes = [
        node("Gemm", ["embedding", "wide", "bias"], ["known"]),
        node("Concat", ["known", "padding"], ["table"], axis=0),
        node("Transpose", ["ids"], ["by_time"], perm=[1, 0]),
        node("Shape", ["ids"], ["rows"], start=0, end=1),
        node("Concat", ["rows", "hidden"], ["size"], axis=0),
        node("ConstantOfShape", ["size"], ["zero"]),
        node("Scan", ["zero", "zero", "by_time"], ["h", "c"], body=step, num_scan_inputs=1),
        node("Gemm", ["h", "out_w", "out_b"], ["logit"]),
        node("Sigmoid", ["logit"], ["probability"]),
    ]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "dsdl",
            [helper.make_tensor_value_info("ids", TensorProto.INT32, ["rows", "length"])],
            [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["rows", 1])],
            [numpy_helper.from_array(np.ascontiguousarray(values), name) for name, values in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
        producer_name="dnstxtscore models/train/import_dsdl.py",
    )
    checker.check_model(model)
    return model


def main():
    parser = argparse.ArgumentParser(description="Import the original detection's weights.")
    parser.add_argument("weights", type=Path, help="the .pt file")
    parser.add_argument("vocabulary", type=Path, help="vocab.pkl")
    parser.add_argument("folder", type=Path, help="where the model goes; its last part is the model's name")
    parser.add_argument("--here", action="store_true", help="use this Python as it is: no virtual environment")
    options = parser.parse_args()
    if not re.fullmatch(r"[a-z0-9_]+", options.folder.name):
        parser.error(f"{options.folder.name!r} is not a name of a model: it takes lowercase letters, digits and _")
    try:
        weights = read_weights(options.weights)
        size = len(weights["embedding.weight"])
        words = read_vocabulary(options.vocabulary, size)
    except Refused as error:
        raise SystemExit(f"import_dsdl.py: {error}") from None
    except Exception as error:  # whatever a broken or crafted file leads to, it is the file that is at fault
        raise SystemExit(
            f"import_dsdl.py: {options.weights} and {options.vocabulary} cannot be read: "
            f"{type(error).__name__}: {error}; take them from DSDL again"
        ) from error
    model = graph(weights).SerializeToString(deterministic=True)
    config = {
        "kind": "dsdl",
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "input": "ids",
        "output": "probability",
        "padding": size,
        "vocabulary": words,
    }
    options.folder.mkdir(parents=True, exist_ok=True)
    # Beside, then in their place. Between the two a search finds a model that is not its config's, and says so.
    for name, data in (("model.onnx", model), ("config.json", (json.dumps(config) + "\n").encode())):
        (options.folder / f"{name}.part").write_bytes(data)
    for name in ("model.onnx", "config.json"):
        (options.folder / f"{name}.part").replace(options.folder / name)
    print(f"{options.folder}: {size} grams, hidden {weights['lstm.weight_hh_l0'].shape[1]}")


if __name__ == "__main__":
    environment.enter(__file__, "import")
    main()
