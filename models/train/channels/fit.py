"""The channel network: one hidden layer over the features, several of them side by side, exported as one ONNX file."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from channels.data import weights
from channels.features import FEATURES

HIDDEN = 16
SEEDS = 4  # networks whose mean counts, so that less is chance
PENALTY = 3e-4
MADE_SHARE = 0.5
STEPS = 300
# The logit of the mean network that is a score of 0.5.
CUT = 0.7


class Network:
    """Of standardised features: the mean logit of a few small networks."""

    def __init__(self, mean, spread, layers):
        self.mean, self.spread, self.layers = mean, spread, layers

    @torch.no_grad()
    def logits(self, rows):
        x = torch.tensor((np.asarray(rows, np.float32) - self.mean) / self.spread)
        return np.mean([layer(x)[:, 0].numpy() for layer in self.layers], 0) - CUT


def fit(real, made):
    """A network from windows of real channels and made ones."""
    torch.set_num_threads(1)
    x = np.array([one.features for one in (*real, *made)], np.float32)
    y = np.array([one.channel.label for one in (*real, *made)], np.float32)
    w = np.concatenate((weights(real) * (1 - MADE_SHARE), np.full(len(made), MADE_SHARE / len(made))))
    mean, spread = x.mean(0), x.std(0) + 1e-3
    x, y, w = (torch.tensor(array.astype(np.float32)) for array in ((x - mean) / spread, y, w))
    return Network(mean, spread, [_one(x, y, w, seed) for seed in range(SEEDS)])


def _one(x, y, w, seed):
    torch.manual_seed(seed)
    layers = nn.Sequential(nn.Linear(x.shape[1], HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 1))
    optimiser = torch.optim.LBFGS(layers.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe")
    matrices = [value for name, value in layers.named_parameters() if name.endswith("weight")]

    def closure():
        optimiser.zero_grad()
        losses = nn.functional.binary_cross_entropy_with_logits(layers(x)[:, 0], y, reduction="none")
        loss = (losses * w).sum() + PENALTY * sum((matrix**2).sum() for matrix in matrices)
        loss.backward()
        return loss

    optimiser.step(closure)
    return layers


def onnx_model(network):
    """Standardisation, all hidden units, their mean and the cut, as two products of matrices."""
    parts = [[value.detach().numpy() for value in layers.parameters()] for layers in network.layers]
    hidden = np.concatenate([part[0] for part in parts]) / network.spread
    before = np.concatenate([part[1] for part in parts]) - hidden @ network.mean
    out = np.concatenate([part[2] for part in parts], 1).T / len(parts)
    after = np.mean([part[3] for part in parts], 0) - CUT
    constants = {"hidden_w": hidden.T, "hidden_b": before, "out_w": out, "out_b": after}
    nodes = [
        helper.make_node("Gemm", ["features", "hidden_w", "hidden_b"], ["hidden"], "hidden"),
        helper.make_node("Tanh", ["hidden"], ["activated"], "activated"),
        helper.make_node("Gemm", ["activated", "out_w", "out_b"], ["logit"], "logit"),
        helper.make_node("Sigmoid", ["logit"], ["score"], "score"),
    ]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "dnstxtscore channel",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["channels", len(FEATURES)])],
            [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["channels", 1])],
            [
                numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name)
                for name, value in constants.items()
            ],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
        producer_name="dnstxtscore models/train",
    )
    onnx.checker.check_model(model, full_check=True)
    return model
