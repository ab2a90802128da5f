"""The words explorer: a dial from forward to reverse KL, and the best speaker with one word of memory. Chapter 11."""

from pathlib import Path

import torch
import traitlets

from kdlib import sentences
from kdlib.best_speaker import best_speaker, log_next_words
from kdlib.canvas import Picture
from kdlib.widgets.explorers import settings as check
from kdlib.widgets.explorers.settings import Setting
from kdlib.widgets.frame import Widget
from kdlib.widgets.page import bundle
from kdlib.word_pictures import mass_by_rank
from kdlib.worlds import words

COUNT = 8


class WordsExplorer(Widget):
    """The best student with one word of memory, for (1 - dial) forward KL + dial reverse KL of whole sentences.

    ``dial`` lies within 0 and 1, ``language`` is one of 0 to 7, drawn from ``seed`` on. Anything else raises
    `ValueError`. Chapter 11.
    """

    kind = "words"
    constant = ("languages",)
    _esm = bundle.module(Path(__file__).with_name("words.js"))
    languages = traitlets.List(read_only=True).tag(sync=True)
    language = Setting(1, check.whole(range(COUNT)))
    dial = Setting(0.0, check.number(0, 1))

    def __init__(self, seed: int = 100, **settings):
        self._drawn = words.languages(COUNT, seed)
        tables = [{"first": f, "chains": c} for f, c in zip(*(part.tolist() for part in self._drawn), strict=True)]
        self.set_trait("languages", tables)
        super().__init__(**settings)

    def scores(self) -> dict[str, torch.Tensor]:
        """The five numbers of the student, by kdlib."""
        return sentences.scores(*self._speakers())

    def picture(self) -> Picture:
        """The same numbers as a picture that needs no browser: the explorer's static twin."""
        student, truth = (words.log_probs_of_sentences(table)[0] for table in self._speakers())
        said = self._said()
        alt = f"Probability added up over summers and winters, truth and student. {said}"
        return mass_by_rank({"student": student}, truth, f"Dial {self.dial:.2f}: the best with one word of memory", alt)

    def __repr__(self) -> str:
        return f"WordsExplorer({self._said()})"

    def _said(self):
        found = {name: value.item() for name, value in self.scores().items()}
        shares = ", ".join(f"{name} {found[name]:.1%}" for name in ("precision", "recall", "rarer season"))
        return (
            f"language {self.language + 1}, dial {self.dial:.2f}: {shares}, "
            f"forward KL {found['forward KL']:.3f}, reverse KL {found['reverse KL']:.3f} nats"
        )

    def _speakers(self):
        language = words.Languages(*(part[self.language, None] for part in self._drawn))
        return log_next_words(best_speaker(language, self.dial)), language.next_words().log()
