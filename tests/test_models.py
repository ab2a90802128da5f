"""The networks: their first weights, their formula, and looking at them without leaving a trace."""

import math

import pytest
import torch
from torch import nn

from kdlib import MLP, logits_of, student_net, teacher_net


def test_the_two_networks_of_the_demo_have_their_sizes():
    assert (teacher_net().sizes, student_net().sizes, student_net(hidden=3).sizes) == (
        (6, 10, 10, 3),
        (6, 8, 3),
        (6, 3, 3),
    )
    shapes = [tuple(p.shape) for p in teacher_net().parameters()]
    assert shapes == [(10, 6), (10,), (10, 10), (10,), (3, 10), (3,)]


@pytest.mark.parametrize("sizes", [(), (6,), (6, 0, 3), (6, -1)])
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match="expected two or more widths of at least 1"):
        MLP(*sizes)


def test_the_draws_are_those_of_the_original():
    torch.manual_seed(3)
    ours, after = teacher_net(), torch.get_rng_state()

    torch.manual_seed(3)
    first, second, output = nn.Linear(6, 10), nn.Linear(10, 10), nn.Linear(10, 3)
    for layer in (first, second, output):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)

    assert torch.equal(torch.get_rng_state(), after)
    for layer, original in zip(ours.layers, (first, second, output), strict=True):
        assert torch.equal(layer.weight, original.weight) and torch.equal(layer.bias, original.bias)


def test_weights_fill_the_xavier_bounds_and_biases_are_zero():
    torch.manual_seed(0)
    for layer in MLP(200, 100, 50).layers:
        bound = math.sqrt(6 / sum(layer.weight.shape))
        assert 0.99 * bound < layer.weight.abs().max() <= bound
        assert abs(layer.weight.std().item() / (bound / math.sqrt(3)) - 1) < 0.02  # the spread of a uniform number
        assert torch.equal(layer.bias, torch.zeros_like(layer.bias))


def test_the_forward_pass_is_the_formula():
    net = teacher_net().double()
    for p in net.parameters():
        nn.init.normal_(p)
    w1, b1, w2, b2, w3, b3 = net.parameters()
    x = torch.randn(7, 6, dtype=torch.float64)
    by_hand = torch.tanh(torch.tanh(x @ w1.T + b1) @ w2.T + b2) @ w3.T + b3
    torch.testing.assert_close(net(x), by_hand, rtol=0, atol=1e-12)
    torch.testing.assert_close(net(x[3]), by_hand[3], rtol=0, atol=1e-12)


def test_a_network_without_a_hidden_layer_is_linear():
    net = MLP(6, 3)
    x = torch.randn(5, 6)
    torch.testing.assert_close(net(2 * x), 2 * net(x))


@pytest.fixture
def mixed():
    """A network with dropout and nested modules in different modes, and a gradient from earlier."""
    net = nn.Sequential(nn.Linear(6, 50), nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(50)), nn.Linear(50, 3))
    net.train()
    net[1][1].eval()
    for p in net.parameters():
        p.grad = torch.full_like(p, 7.0)
    return net


def modes(net):
    return [module.training for module in net.modules()]


def test_looking_at_logits_leaves_modes_gradients_and_statistics(mixed):
    before, statistics = modes(mixed), mixed[1][1].running_mean.clone()
    logits = logits_of(mixed, torch.randn(4, 6))
    assert not logits.requires_grad
    assert modes(mixed) == before and before[1:] == [True, True, True, False, True]
    assert torch.equal(mixed[1][1].running_mean, statistics)
    assert all(torch.equal(p.grad, torch.full_like(p, 7.0)) for p in mixed.parameters())


def test_looking_at_logits_switches_dropout_off(mixed):
    x = torch.randn(4, 6)
    expected = mixed[2](mixed[1][1](mixed[0](x)))
    assert torch.equal(logits_of(mixed, x), logits_of(mixed, x))
    torch.testing.assert_close(logits_of(mixed, x), expected)


def test_a_network_in_eval_mode_stays_in_it(mixed):
    mixed.eval()
    logits_of(mixed, torch.randn(4, 6))
    assert modes(mixed) == [False] * 6


def test_modes_come_back_when_the_network_raises(mixed):
    before = modes(mixed)
    with pytest.raises(RuntimeError):
        logits_of(mixed, torch.randn(4, 5))
    assert modes(mixed) == before
    assert torch.is_grad_enabled()


def test_a_plain_function_is_a_model_too():
    scale = torch.ones(3, requires_grad=True)
    logits = logits_of(lambda x: x[:, :3] * scale, torch.ones(2, 6))
    assert torch.equal(logits, torch.ones(2, 3)) and not logits.requires_grad
