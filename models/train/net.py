"""The network and its training: byte-level convolutions and the maximum over the whole text.

Two properties are by construction and must stay: convolutions have no bias and the padding vector is zero, and each
convolution is padded on the right by (kernel - stride), so that every window that touches a byte exists in every
bucket. Then the score does not depend on the bucket.
"""

import math
import time

import numpy as np
import torch
from torch import nn

from reference import BUCKETS, LENGTHS, PAD, START, VOCABULARY, bucket

EMBEDDING = 8
CONVOLUTIONS = ((8, 4, 32), (3, 2, 64))  # kernel, stride, channels
HIDDEN = 64
SMOOTHING = 0.01
BATCH = 192  # rows of 128 ids; longer buckets take fewer


class Net(nn.Module):
    """The id of a text's length has three parts that are added: one for eight lengths in a row, one for the place in
    them, and one of its own, which begins at zero. So a length that was hardly seen is read as its neighbours are."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING, padding_idx=PAD)
        with torch.no_grad():
            self.embedding.weight[START:] = 0
        number = torch.arange(VOCABULARY - START)
        is_exact, before = number <= LENGTHS.index(96) + 1, (number - 1).clamp(min=0)
        self.register_buffer("octave", torch.where(is_exact, before // 8, number - 97 + 12), persistent=False)
        self.register_buffer("place", torch.where(is_exact, before % 8, 8), persistent=False)
        self.octaves = nn.Embedding(12 + len(LENGTHS) - 96, EMBEDDING)
        self.places = nn.Embedding(9, EMBEDDING)
        widths = (EMBEDDING, *(channels for _, _, channels in CONVOLUTIONS))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, channels, kernel, stride, bias=False)
            for before, (kernel, stride, channels) in zip(widths, CONVOLUTIONS)
        )
        self.hidden = nn.Linear(widths[-1], HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)

    def table(self):
        """What is read of each id: `[VOCABULARY, EMBEDDING]`."""
        own = self.embedding.weight
        return torch.cat((own[:START], own[START:] + self.octaves(self.octave) + self.places(self.place)))

    def forward(self, ids):
        x = nn.functional.embedding(ids, self.table(), padding_idx=PAD).transpose(1, 2)
        for convolution, (kernel, stride, _) in zip(self.convolutions, CONVOLUTIONS):
            x = torch.relu(convolution(nn.functional.pad(x, (0, kernel - stride))))
        return self.out(torch.relu(self.hidden(x.amax(2))))[:, 0]


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
