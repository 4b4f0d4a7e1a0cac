#!/usr/bin/env python3
"""What a Splunk user would write today, and write well.

splunklib, onnxruntime on one thread, ids made by numpy, the same int8 model in the same buckets and batches. Texts are
not normalised, which is to its advantage.

    python3 splunklib_onnx.py MODEL.onnx        speaks the chunked protocol; embedding.bin stands beside the model
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
from splunklib.searchcommands import Configuration, Option, StreamingCommand, dispatch

# The same as in src/model/features.rs and src/model/batches.rs.
END, CONTINUED, START = 257, 258, 259
LONGER = np.array([*range(1, 97), 128, 192, 256, 384, 511])
CONTENT, STRIDE = 510, 384
BUCKETS = np.array([24, 32, 40, 48, 56, 64, 72, 88, 104, 120, 136, 160, 192, 224, 264, 320, 384, 448, 512])
IDS_PER_RUN = 16_384

MODEL = sys.argv.pop(1)
TABLE = np.fromfile(Path(MODEL).with_name("embedding.bin"), np.uint8).reshape(int(START + len(LONGER) + 1), -1)


def ids_of(texts, bucket, starts, ends):
    """Texts of one bucket -> [rows, bucket], without a loop over rows."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    ids = np.zeros((len(texts), bucket), dtype=np.int32)
    ids[:, 0] = starts
    ids[:, 1:][np.arange(bucket - 1) < lengths[:, None]] = (
        np.frombuffer(b"".join(texts), dtype=np.uint8).astype(np.int32) + 1
    )
    last = np.flatnonzero(ends)
    ids[last, lengths[last] + 1] = END
    return ids


@Configuration()
class Score(StreamingCommand):
    field = Option(default="text")

    session = None

    def open(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def score(self, texts):
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        parts, owners = list(texts), list(range(len(texts)))
        starts, ends = list(START + np.searchsorted(LONGER, lengths, side="right")), [True] * len(texts)
        for row in np.flatnonzero(lengths > CONTENT):
            text = texts[row]
            parts[row], ends[row] = text[:CONTENT], False
            count = 1 + -(-(len(text) - CONTENT) // STRIDE)
            for i in range(1, count):
                parts.append(text[i * STRIDE : i * STRIDE + CONTENT])
                owners.append(row)
                starts.append(CONTINUED)
                ends.append(i + 1 == count)
        starts, ends, owners = np.array(starts), np.array(ends), np.array(owners)
        ids = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts)) + 1 + ends
        places = np.searchsorted(BUCKETS, ids)
        best = np.zeros(len(texts), dtype=np.float32)
        for place in np.unique(places):
            bucket, rows = int(BUCKETS[place]), np.flatnonzero(places == place)
            for at in range(0, len(rows), IDS_PER_RUN // bucket):
                batch = rows[at : at + IDS_PER_RUN // bucket]
                made = ids_of([parts[row] for row in batch], bucket, starts[batch], ends[batch])
                scores = self.session.run(None, {self.input: TABLE[made]})[0][:, 0]
                np.maximum.at(best, owners[batch], scores)
        return best

    def stream(self, records):
        records = list(records)
        if records and self.session is None:
            self.open()
        scores = self.score([(record.get(self.field) or "").encode() for record in records]) if records else []
        for record, score in zip(records, scores):
            record["predicted_is_unknown"] = f"{score:.6f}"
            record["pred_is_unknown"] = int(score >= 0.5)
            yield record


dispatch(Score, sys.argv, sys.stdin, sys.stdout, __name__)
