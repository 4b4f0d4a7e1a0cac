"""The network and its training: a byte-level convolution with global pooling.

Two properties are by construction and must stay: convolutions have no bias and the padding vector is zero, and each
convolution is padded on the right by (kernel - stride), so that every window that touches a byte exists in every
bucket. Then the score does not depend on the bucket.
"""

import math
import time

import numpy as np
import torch
from torch import nn

from reference import BUCKETS, PAD, VOCABULARY, bucket

EMBEDDING, CHANNELS, KERNELS, STRIDES, HIDDEN = 8, (48, 96), (8, 3), (4, 2), 128
SUM_SCALE = 1 / 16
SMOOTHING = 0.01
BATCH = 192  # rows of 128 ids; longer buckets take fewer


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING, padding_idx=PAD)
        self.conv1 = nn.Conv1d(EMBEDDING, CHANNELS[0], KERNELS[0], STRIDES[0], bias=False)
        self.conv2 = nn.Conv1d(CHANNELS[0], CHANNELS[1], KERNELS[1], STRIDES[1], bias=False)
        self.hidden = nn.Linear(2 * CHANNELS[1], HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)

    def forward(self, ids):
        x = self.embedding(ids).transpose(1, 2)
        x = torch.relu(self.conv1(nn.functional.pad(x, (0, KERNELS[0] - STRIDES[0]))))
        x = torch.relu(self.conv2(nn.functional.pad(x, (0, KERNELS[1] - STRIDES[1]))))
        pooled = torch.cat((x.amax(2), x.sum(2) * SUM_SCALE), 1)
        return self.out(torch.relu(self.hidden(pooled)))[:, 0]


def batches(pool, rng):
    """Batches of one bucket each, in random order: (ids, labels)."""
    lengths, starts = pool["lengths"], np.concatenate(([0], np.cumsum(pool["lengths"])))
    buckets = np.array(BUCKETS)[np.searchsorted(BUCKETS, lengths)]
    plan = []
    for b in BUCKETS:
        members = rng.permutation(np.flatnonzero(buckets == b))
        step = max(32, min(BATCH, BATCH * 128 // b))
        plan += [(b, members[i : i + step]) for i in range(0, len(members), step)]
    for k in rng.permutation(len(plan)):
        b, members = plan[k]
        place = np.arange(b)
        inside = place < lengths[members, None]
        ids = np.where(inside, pool["ids"][np.minimum(starts[members, None] + place, len(pool["ids"]) - 1)], PAD)
        yield torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(pool["labels"][members].astype(np.float32))


def train(pools, seed, rows, rate=5e-3, minutes=math.inf):
    """A trained Net, the same for the same seed and pools. The rate falls linearly until rows or CPU minutes end."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net()
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-2)
    loss_of = nn.BCEWithLogitsLoss()
    seen, begun = 0, time.process_time()
    for pool in pools:
        total = count = 0
        for ids, labels in batches(pool, rng):
            spent = max(seen / rows, (time.process_time() - begun) / 60 / minutes)
            for group in optimiser.param_groups:
                group["lr"] = rate * max(0.01, 1 - spent) * min(1, (seen + 1) / 20_000)
            loss = loss_of(net(ids), labels * (1 - 2 * SMOOTHING) + SMOOTHING)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seen += len(labels)
            total, count = total + loss.item() * len(labels), count + len(labels)
            if spent >= 1:
                break
        print(
            f"  {seen:,} rows, {(time.process_time() - begun) / 60:.1f} CPU min, loss {total / count:.4f}", flush=True
        )
        if seen >= rows or time.process_time() - begun >= minutes * 60:
            break
    return net.eval()


@torch.no_grad()
def logits(net, values_windows):
    """The highest logit of each value's windows."""
    flat = [(v, ids) for v, parts in enumerate(values_windows) for ids in parts]
    flat.sort(key=lambda x: len(x[1]))
    out = np.full(len(values_windows), -math.inf)
    for i in range(0, len(flat), 256):
        part = flat[i : i + 256]
        ids = np.zeros((len(part), bucket(len(part[-1][1]))), np.int64)
        for row, (_, one) in enumerate(part):
            ids[row, : len(one)] = one
        for (v, _), score in zip(part, net(torch.from_numpy(ids)).numpy()):
            out[v] = max(out[v], score)
    return out
