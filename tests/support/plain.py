"""The original recipe, as it stood in the demo this course grew from: what all timings are held against.

DataLoader, autograd, optimizer, and a teacher that runs anew on every batch. Written out plainly on purpose: nothing
here comes from kdlib.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader


class TeacherNet(nn.Module):
    """6-(10-10)-3, tanh, and log-probabilities out."""

    def __init__(self):
        super().__init__()
        self.hid1 = nn.Linear(6, 10)
        self.hid2 = nn.Linear(10, 10)
        self.oupt = nn.Linear(10, 3)
        for layer in (self.hid1, self.hid2, self.oupt):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def logits(self, x):
        z = torch.tanh(self.hid1(x))
        z = torch.tanh(self.hid2(z))
        return self.oupt(z)

    def forward(self, x):
        return torch.log_softmax(self.logits(x), dim=1)


class StudentNet(nn.Module):
    """6-8-3, tanh, and raw values out."""

    def __init__(self):
        super().__init__()
        self.hid1 = nn.Linear(6, 8)
        self.oupt = nn.Linear(8, 3)
        for layer in (self.hid1, self.oupt):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        return self.oupt(torch.tanh(self.hid1(x)))


def train_teacher(net, data, epochs, batch_size=10, lr=0.005):
    """NLL against the labels; returns the mean loss of each epoch."""
    loader = DataLoader(data, batch_size=batch_size, shuffle=True)
    loss_func = nn.NLLLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    net.train()
    losses = []
    for _ in range(epochs):
        epoch_loss = 0.0
        for X, Y in loader:
            optimizer.zero_grad()
            loss = loss_func(net(X), Y)
            epoch_loss += loss.item() * len(Y)
            loss.backward()
            optimizer.step()
        losses.append(epoch_loss / len(data))
    return losses


def train_student(net, teacher, data, epochs, batch_size=10, lr=0.005):
    """Mean squared error against ``teacher(X)``, run on every batch; returns the mean loss of each epoch."""
    loader = DataLoader(data, batch_size=batch_size, shuffle=True)
    loss_func = nn.MSELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    net.train()
    losses = []
    for _ in range(epochs):
        epoch_loss = 0.0
        for X, _ in loader:
            with torch.no_grad():
                target = teacher(X)
            optimizer.zero_grad()
            loss = loss_func(net(X), target)
            epoch_loss += loss.item() * len(X)
            loss.backward()
            optimizer.step()
        losses.append(epoch_loss / len(data))
    return losses
