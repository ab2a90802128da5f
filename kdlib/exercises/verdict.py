"""What a check answers: one sentence, and whether the exercise is solved. Chapters 00 to 08 and 10."""

from dataclasses import dataclass
from html import escape

TONES = {"not yet": "#767676", "wrong": "#D55E00", "right": "#009E73"}
PROGRESS: dict[str, bool] = {}  # the exercises of this session by name, and whether they are solved


@dataclass(frozen=True)
class Verdict:
    """The answer of a check: its tone ("not yet", "wrong" or "right") and one sentence. Chapters 00 to 08 and 10."""

    tone: str
    sentence: str

    @property
    def solved(self) -> bool:
        return self.tone == "right"

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        style = f"border-left:4px solid {TONES[self.tone]};padding:.3em .8em;margin:.3em 0"
        return f'<div style="{style}">{escape(self.sentence)}</div>'


class Refused(Exception):
    """Ends a check early; the message is the verdict's sentence."""

    def __init__(self, sentence: str, tone: str = "wrong"):
        super().__init__(sentence)
        self.tone = tone


def judged(name: str, judge, praise: str) -> Verdict:
    """Run ``judge``, which raises `Refused` where the answer is not right, and note the outcome under ``name``."""
    try:
        judge()
        verdict = Verdict("right", f"Right. {praise}")
    except Refused as refused:
        verdict = Verdict(refused.tone, str(refused))
    PROGRESS[name] = verdict.solved
    return verdict
