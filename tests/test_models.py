"""The networks: their first weights, their formula, and looking at them without leaving a trace."""

import math
import threading

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

from kdlib import MLP, logits_of, student_net, teacher_net
from kdlib.models import check_plain_mlp


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
    with pytest.raises(ValueError, match=r"the model cannot take x, torch.float32 \[4, 5\]: mat1 and mat2"):
        logits_of(mixed, torch.randn(4, 5))
    assert modes(mixed) == before
    assert torch.is_grad_enabled()


def test_a_plain_function_is_a_model_too():
    scale = torch.ones(3, requires_grad=True)
    logits = logits_of(lambda x: x[:, :3] * scale, torch.ones(2, 6))
    assert torch.equal(logits, torch.ones(2, 3)) and not logits.requires_grad


class Relu(MLP):
    def forward(self, x):
        return self.layers[1](torch.relu(self.layers[0](x)))


class Dropout(MLP):
    def forward(self, x):
        return super().forward(nn.functional.dropout(x, 0.5, self.training))


class Doubled(MLP):
    def __call__(self, x):
        return 2 * super().__call__(x)


def changed(change, *sizes):
    model = MLP(*sizes or (6, 8, 3))
    change(model)
    return model


def tied(model):
    model.layers[1].weight = model.layers[2].weight


def scaled(model):
    model.scale = nn.Parameter(torch.ones(1))


def replaced(name, module):
    return lambda model: setattr(model, name, module)


LOOKALIKES = {
    "another network": (nn.Linear(6, 3), "model is a Linear"),
    "relu": (Relu(6, 8, 3), "model is a Relu, which has a forward of its own"),
    "dropout": (Dropout(6, 8, 3), "model is a Dropout, which has a forward of its own"),
    "call": (Doubled(6, 8, 3), "model is a Doubled, which has a forward of its own"),
    "replaced forward": (changed(replaced("forward", lambda x: x)), "forward that was replaced"),
    "replaced in a layer": (changed(lambda m: setattr(m.layers[0], "forward", abs)), "was replaced"),
    "hook": (changed(lambda m: m.register_forward_hook(lambda m, i, o: -o)), "has a forward hook"),
    "hook before a layer": (changed(lambda m: m.layers[1].register_forward_pre_hook(lambda m, i: i)), "forward hook"),
    "pruned": (changed(lambda m: prune.l1_unstructured(m.layers[0], "weight", 0.5)), "has a forward hook"),
    "weight norm": (changed(lambda m: parametrizations.weight_norm(m.layers[0])), "a ParametrizedLinear"),
    "another layer": (changed(lambda m: m.layers.append(nn.Softmax(-1))), "has a layer that is a Softmax"),
    "one more layer": (changed(lambda m: m.layers.append(nn.Linear(3, 3))), "has other weights than its sizes"),
    "no bias": (changed(lambda m: m.layers[0].register_parameter("bias", None)), "has other weights than its sizes"),
    "one more weight": (changed(scaled), "has other weights than its sizes"),
    "other sizes": (changed(replaced("sizes", (6, 9, 3))), r"has other weights than its sizes \(6, 9, 3\)"),
    "tied": (changed(tied, 6, 10, 10, 10, 3), "has layers that share a weight"),
    "two dtypes": (changed(lambda m: m.layers[0].double()), "has weights of several dtypes"),
}


@pytest.mark.parametrize(("model", "message"), LOOKALIKES.values(), ids=LOOKALIKES)
def test_what_only_looks_like_an_mlp_is_told_apart(model, message):
    with pytest.raises(ValueError, match=message):
        check_plain_mlp(model)


def test_what_is_an_mlp_passes_and_so_does_a_subclass_that_computes_the_same():
    class Named(MLP):
        def __init__(self, *sizes):
            super().__init__(*sizes)
            self.name = "own"

    for model in (MLP(6, 3), teacher_net().double(), MLP(6, 8, 3).eval(), Named(6, 8, 3), MLP(1, 4, 4, 2)):
        check_plain_mlp(model, trained=True)


UNTRAINED = {
    "frozen": (lambda m: m.layers[0].weight.requires_grad_(False), "has frozen parameters"),
    "hook on a weight": (lambda m: m.layers[0].weight.register_hook(lambda g: 2 * g), "has a backward hook"),
    "hook on a layer": (lambda m: m.layers[0].register_full_backward_hook(lambda m, i, o: i), "has a backward hook"),
    "hook before": (lambda m: m.register_full_backward_pre_hook(lambda m, o: o), "has a backward hook"),
}


@pytest.mark.parametrize(("change", "message"), UNTRAINED.values(), ids=UNTRAINED)
def test_what_would_be_trained_otherwise_is_refused_for_training_only(change, message):
    model = changed(change)
    check_plain_mlp(model)
    with pytest.raises(ValueError, match=f"models holds one that {message}"):
        check_plain_mlp(model, name="models holds one that", trained=True)


def test_features_that_a_network_cannot_take_are_named():
    for x, message in [
        (torch.randn(4, 5), r"x is \[4, 5\]; expected \[n, 6\], the features of a network \(6, 8, 3\)"),
        (torch.ones(4, 6, dtype=torch.int64), r"x is torch.int64; expected floating-point features, such as x.float()"),
    ]:
        with pytest.raises(ValueError, match=message):
            logits_of(student_net(), x)


class Holder:
    def __init__(self, logits):
        self.logits = logits


@pytest.mark.parametrize(
    "wrapped",
    [lambda z: z, lambda z: (z, "hidden"), lambda z: [z], Holder, lambda z: {"logits": z}, lambda z: (Holder(z),)],
)
def test_logits_are_found_in_what_a_model_returns(wrapped):
    z = torch.randn(4, 3)
    assert torch.equal(logits_of(lambda x: wrapped(z), torch.ones(4, 6)), z)
    assert torch.equal(logits_of(lambda x: wrapped(z.numpy()), torch.ones(4, 6)), z)


def test_what_holds_no_logits_is_refused():
    for output in (None, "logits", {"hidden": torch.ones(3)}, ()):
        with pytest.raises(TypeError, match=f"the model gives a {type(output).__name__}; expected logits"):
            logits_of(lambda x, output=output: output, torch.ones(4, 6))


def test_a_float64_network_looks_at_float32_rows():
    net, x = teacher_net().double(), torch.randn(4, 6)
    assert torch.equal(logits_of(net, x), net(x.double()))


def test_looking_in_two_threads_leaves_the_network_in_train_mode():
    second_is_in, first_is_done = threading.Event(), threading.Event()

    class Slow(nn.Module):
        def forward(self, x):
            if threading.current_thread() is second:
                second_is_in.set()
                first_is_done.wait(5)
            else:
                second.start()
                second_is_in.wait(0.2)  # it must not come in, or it takes the eval mode of the first for the net's own
            return x

    net, x = Slow().train(), torch.ones(1, 3)
    second = threading.Thread(target=logits_of, args=(net, x))
    logits_of(net, x)
    first_is_done.set()
    second.join()
    assert net.training


def test_looking_leaves_the_features_as_they_were():
    class Centring(MLP):
        def forward(self, x):
            x -= 0.5
            return super().forward(x)

    x = torch.ones(2, 6)
    first = logits_of(model := Centring(6, 8, 3), x)
    assert torch.equal(x, torch.ones(2, 6)) and torch.equal(logits_of(model, x), first)


@pytest.mark.parametrize("sizes", [(6, 8.5, 3), (6, (8, 8), 3), ("6", "8", "3"), ((6, 8, 3),), (6, True, 3)])
def test_sizes_that_are_no_whole_numbers_are_refused(sizes):
    with pytest.raises(ValueError, match="expected two or more widths of at least 1"):
        MLP(*sizes)


def test_layers_that_share_memory_share_a_weight():
    model = MLP(6, 6, 6)
    model.layers[1].weight = nn.Parameter(model.layers[0].weight.detach())
    with pytest.raises(ValueError, match="has layers that share a weight"):
        check_plain_mlp(model)


def test_weights_in_one_block_of_memory_are_several():
    model = student_net()
    nn.utils.vector_to_parameters(nn.utils.parameters_to_vector(model.parameters()), model.parameters())
    check_plain_mlp(model)


def test_arrays_and_lists_have_logits():
    net, rows = student_net(), torch.rand(4, 6)
    assert torch.equal(logits_of(net, rows.numpy()), logits_of(net, rows))
    assert torch.equal(logits_of(net, rows.tolist()), logits_of(net, rows))
    with pytest.raises(TypeError, match="x is people; expected numbers"):
        logits_of(net, "people")
