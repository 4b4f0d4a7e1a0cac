#!/usr/bin/env python3
"""Where the model's time goes, by ONNX Runtime's own profiler: share of each node, over random bytes in four buckets.

target/tools/peer/bin/python benches/profile.py models/dnstxt_v3/model.onnx        after `cargo xtask bench`
"""

import collections
import json
import sys
import tempfile

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
options.enable_profiling = True
options.profile_file_prefix = tempfile.mkdtemp() + "/profile"
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
random = np.random.default_rng(1)
for bucket in (40, 72, 104, 224):
    for _ in range(200):
        embedded = random.integers(0, 256, (16_384 // bucket, bucket, 8)).astype(np.uint8)
        session.run(None, {"embedded": embedded})
shares = collections.Counter()
with open(session.end_profiling()) as file:
    for event in json.load(file):
        if event.get("cat") == "Node" and event["name"].endswith("kernel_time"):
            shares[f"{event['args']['op_name']} {event['name'].removesuffix('_kernel_time')}"] += event["dur"]
for node, time in shares.most_common():
    print(f"{time / shares.total():6.1%}  {node}")
