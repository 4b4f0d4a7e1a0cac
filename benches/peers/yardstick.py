#!/usr/bin/env python3
"""How fast the network runs, beside ONNX Runtime's own product of 8-bit integers in the same run.

    yardstick.py MODEL SECONDS

Prints a line of JSON: the multiply-adds per second of the product, and for each length of a row the multiply-adds per
row and those per second that the network reaches. One thread.
"""

import json
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

IDS_PER_RUN = 16_384  # as in src/model/batches.rs
LENGTHS = (24, 40, 72, 104, 160, 264, 512)
SIDE = 1024

random = np.random.default_rng(1)


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def seconds_per_run(run, seconds):
    """The fastest of the runs that fit into some seconds: what else the machine does only makes a run slower."""
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begun)
    return best


def product():
    """A session that multiplies a matrix by a constant one, as the convolutions of the network do."""
    weights = random.integers(-127, 128, (SIDE, SIDE)).astype(np.int8)
    node = helper.make_node("MatMulInteger", ["a", "b"], ["c"])
    a = helper.make_tensor_value_info("a", TensorProto.UINT8, [SIDE, SIDE])
    c = helper.make_tensor_value_info("c", TensorProto.INT32, [SIDE, SIDE])
    graph = helper.make_graph([node], "product", [a], [c], [onnx.numpy_helper.from_array(weights, "b")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return session(model.SerializeToString())


def multiply_adds(graph, length):
    """Multiply-adds per row of a length: those of the convolutions, which are products over blocks, and of the dense
    layers."""
    constants = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    channels, total = constants["convolution_1_shape"][2], 0
    embedding = graph.input[0].type.tensor_type.shape.dim[2].dim_value
    size = length * embedding
    for node in graph.node:
        if node.op_type == "Reshape":
            channels = constants[node.input[1]][2]
        elif node.op_type == "QLinearMatMul":
            places, weights = size // channels, constants[node.input[3]]
            total += places * weights.size
            size = places * weights.shape[1]
        elif node.op_type == "Gemm":
            total += constants[node.input[1]].size
    return int(total)


def main(path, seconds):
    values = random.integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
    matrices = product()
    network, graph = session(path), onnx.load(path).graph
    lengths = {}
    peaks = []
    for length in LENGTHS:
        peaks.append(SIDE**3 / seconds_per_run(lambda: matrices.run(None, {"a": values}), seconds))
        rows = IDS_PER_RUN // length
        shape = (rows, length, graph.input[0].type.tensor_type.shape.dim[2].dim_value)
        embedded = random.integers(0, 256, shape).astype(np.uint8)
        per_row = multiply_adds(graph, length)
        per_second = (
            per_row
            * rows
            / seconds_per_run(lambda embedded=embedded: network.run(None, {"embedded": embedded}), seconds)
        )
        lengths[length] = [per_row, per_second]
    print(json.dumps({"product": max(peaks), "network": lengths}))


main(sys.argv[1], float(sys.argv[2]))
