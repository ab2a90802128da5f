"""The card beside a saved network says what the file holds and what the author wrote, and nothing is left out."""

import pytest

from kdlib import MLP, CheckpointError, save_model, student_net
from kdlib.intervals import Estimate
from kdlib.model_card import write_card

WORDS = {
    "taught": "The opinion of a large network.",
    "rows": "200 invented people.",
    "scores": {"accuracy": Estimate(0.8, 0.75, 0.85, 40)},
    "not_for": ["Real people.", "Decisions about anybody."],
}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "student.safetensors"
    save_model(student_net(), path)
    return path


def test_a_card_says_it_all(saved):
    card = write_card(saved, **WORDS)
    assert card == saved.with_suffix(".md") and sorted(saved.parent.iterdir()) == [card, saved]
    text = card.read_text(encoding="utf-8")
    for words in (
        "# Model card: student.safetensors\n",
        f"A tanh network 6-8-3: 83 weights in float32, {saved.stat().st_size:,} bytes.\n",
        "for each of 3 classes (conservative, moderate, liberal).",
        "**What it was taught.** The opinion of a large network.\n",
        "**On what.** 200 invented people.\n",
        "- accuracy: 0.800 [0.750, 0.850]\n",
        "- Real people.\n- Decisions about anybody.\n",
    ):
        assert words in text


def test_many_names_are_not_all_spelled_out(tmp_path):
    save_model(MLP(64, 2), tmp_path / "m", classes=["a", "b"], features=[f"pixel {k}" for k in range(64)])
    text = write_card(tmp_path / "m", **WORDS).read_text(encoding="utf-8")
    assert "64 features (pixel 0, pixel 1, ..., pixel 63)" in text


@pytest.mark.parametrize("name", list(WORDS))
def test_a_card_that_leaves_something_out_is_refused(saved, name):
    with pytest.raises(ValueError, match=f"{name} is empty; expected what a reader of the card has to know"):
        write_card(saved, **WORDS | {name: type(WORDS[name])()})
    assert not saved.with_suffix(".md").exists()


def test_a_sentence_is_no_list_of_them_and_a_card_replaces_no_network(saved, tmp_path):
    with pytest.raises(ValueError, match="expected a list of sentences"):
        write_card(saved, **WORDS | {"not_for": "Nobody."})
    save_model(student_net(), tmp_path / "net.md")
    with pytest.raises(ValueError, match="is where its own card belongs"):
        write_card(tmp_path / "net.md", **WORDS)


def test_there_is_no_card_without_a_network(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        write_card(tmp_path / "none.safetensors", **WORDS)
