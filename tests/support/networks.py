"""A network with every weight drawn, biases too, so that none of them can be lost unseen."""

import torch

from kdlib import MLP


def network(dtype=torch.float32, sizes=(6, 8, 3), seed=0):
    torch.manual_seed(seed)
    model = MLP(*sizes).to(dtype)
    for p in model.parameters():
        torch.nn.init.normal_(p)
    return model
