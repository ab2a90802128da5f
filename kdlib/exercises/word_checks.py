"""The checks of the chapter on words: a divergence turned round, a sentence's probability, and whose words."""

import math

import torch
from torch import Tensor

from kdlib.exercises import draws
from kdlib.exercises.compare import check
from kdlib.exercises.verdict import Verdict
from kdlib.objectives import ReverseKL, SoftTargets


def reverse_kl(answer) -> Verdict:
    """KL(p || q), mean over the batch: logits z, v [B, C] -> scalar. Chapter 11."""

    def forward(z, v):
        return SoftTargets(1.0)(z, teacher_logits=v)

    def right(z, v):
        return ReverseKL(1.0)(z, teacher_logits=v)

    return check(
        "reverse_kl", answer, right, draws.logits(),
        todo="reverse_kl is to give KL(p || q), the mean over the batch.",
        praise="The student's own probabilities weigh what it says.",
        wrong={
            "This is KL(q || p), the forward one: here the student's p stands first.": forward,
            "The sign is turned: a divergence is never below zero.": lambda z, v: -right(z, v),
            "This is the sum; the mean over the batch is wanted.": lambda z, v: right(z, v) * len(z),
            'This divides by B * C, as reduction="mean" does; "batchmean" divides by B.': (
                lambda z, v: right(z, v) / z.shape[1]
            ),
            "The student's own logarithm is missing: this is the cross-entropy of q under p.": (
                lambda z, v: -(z.softmax(1) * v.log_softmax(1)).sum(1).mean()
            ),
        },
    )  # fmt: skip


def gradient_of_reverse_kl(answer) -> Verdict:
    """dL/dz of KL(p || q), mean over the batch: z, v [B, C] -> [B, C]. Chapter 11."""

    def right(z, v):
        return ReverseKL(1.0).logit_gradient(z, teacher_logits=v)

    def without_mean(z, v):
        return z.softmax(1) * (z.log_softmax(1) - v.log_softmax(1)) / len(z)

    return check(
        "gradient_of_reverse_kl", answer, right, draws.logits(),
        todo="gradient_of_reverse_kl is to give dL/dz of KL(p || q).",
        praise="Where p is nearly zero so is the gradient: what the student never says, it does not learn.",
        wrong={
            "These are the gradients of the forward KL, (p - q) / B.": (
                lambda z, v: (z.softmax(1) - v.softmax(1)) / len(z)
            ),
            "The mean of the difference is to be taken off: each row sums to zero.": without_mean,
            "This is the derivative for p; the softmax between p and z is missing.": (
                lambda z, v: (z.log_softmax(1) - v.log_softmax(1) + 1) / len(z)
            ),
            "This is p (log p - log q + 1) / B; the softmax between p and z is missing.": (
                lambda z, v: without_mean(z, v) + z.softmax(1) / len(z)
            ),
            "The loss is a mean over the batch: divide by B, the number of rows.": lambda z, v: right(z, v) * len(z),
            "The sign is turned: against this gradient the student moves away.": lambda z, v: -right(z, v),
        },
    )  # fmt: skip


def speaker(seed: int, vocabulary: int):
    """Somebody who speaks: a function from a list of words said so far to the next word's log-probabilities [V]."""

    def log_probs(said: list[int]) -> Tensor:
        mixed = seed + sum((k + 1) * (word + 2) * 31**k for k, word in enumerate(said))
        generator = torch.Generator().manual_seed(mixed % 2**31)
        return torch.randn(vocabulary, dtype=torch.float64, generator=generator).log_softmax(-1)

    return log_probs


def sentence_log_prob(answer) -> Verdict:
    """log P of a sentence by the chain rule: a speaker and a list of words -> number. Chapter 11."""
    given = []
    for k in range(12):
        vocabulary, length = 2 + k % 5, 1 + k % 7
        words = torch.randint(vocabulary, (length,), generator=torch.Generator().manual_seed(k)).tolist()
        given.append((speaker(1000 * k, vocabulary), words))

    def parts(say, words):
        return [say(words[:k])[word].item() for k, word in enumerate(words)]

    return check(
        "sentence_log_prob", answer, lambda say, words: math.fsum(parts(say, words)), given,
        todo="sentence_log_prob is to give the logarithm of the sentence's probability.",
        praise="The chain rule: one logarithm for each word, given what was said before it.",
        wrong={
            "This is the probability; its logarithm is wanted.": (
                lambda say, words: math.exp(math.fsum(parts(say, words)))
            ),
            "This is the mean over the words, which makes long sentences as probable as short ones; take the sum.": (
                lambda say, words: math.fsum(parts(say, words)) / len(words)
            ),
            "The first word is missing: it comes after nothing, speaker([]).": (
                lambda say, words: math.fsum(parts(say, words)[1:])
            ),
            "The sign is turned: a logarithm of a probability is never above zero.": (
                lambda say, words: -math.fsum(parts(say, words))
            ),
            "The word itself is among what was said before it: sentence[:k], not sentence[:k + 1].": (
                lambda say, words: math.fsum(say(words[: k + 1])[word].item() for k, word in enumerate(words))
            ),
            "Only the last word is given to the speaker; it may remember all that was said.": (
                lambda say, words: math.fsum(
                    say(words[k - 1 : k] if k else [])[word].item() for k, word in enumerate(words)
                )
            ),
            "These are probabilities added up; their logarithms are to be added.": (
                lambda say, words: math.fsum(math.exp(part) for part in parts(say, words))
            ),
        },
    )  # fmt: skip


def align(answer) -> Verdict:
    """A teacher's logits in the student's words: v [B, tokens], two lists of words -> log-probabilities. Chapter 11."""
    given, generator = [], torch.Generator().manual_seed(30)
    pool = ["sun", "wind", "rain", "fog", "snow", "hail"]
    for k in range(12):
        student = [pool[j] for j in torch.randperm(6, generator=generator)[: 3 + k % 3].tolist()]
        tokens = pool + [word.title() for word in pool[: 2 + k % 5]]
        tokens = [tokens[j] for j in torch.randperm(len(tokens), generator=generator).tolist()]
        given.append((2 * torch.randn(2 + k, len(tokens), dtype=torch.float64, generator=generator), tokens, student))

    def by(gather, normalise=lambda log: log.log_softmax(1), first=lambda v: v):
        def aligned(v, tokens, student):
            same = [[k for k, token in enumerate(tokens) if token.lower() == word] for word in student]
            return normalise(torch.stack([gather(first(v)[:, columns]) for columns in same], 1))

        return aligned

    return check(
        "align", answer, by(lambda log: log.logsumexp(1)), given,
        todo="align is to give the teacher's log-probabilities of the student's words.",
        praise="Words are matched by their spelling, never by their number, and what belongs to one word is added up.",
        wrong={
            "Column k of the teacher is no longer word k of the student: match them by spelling.": (
                lambda v, tokens, student: v[:, : len(student)].log_softmax(1)
            ),
            "Only one spelling is kept. The teacher says Sun and sun, and both mean sun: add their probabilities.": by(
                lambda log: log[:, 0]
            ),
            "Only the last spelling is kept. Sun and sun both mean sun: add their probabilities.": by(
                lambda log: log[:, -1]
            ),
            "Logits are added here; probabilities are to be added: torch.logsumexp.": by(lambda log: log.sum(1)),
            "This is the mean of the logits of both spellings; probabilities are to be added: torch.logsumexp.": by(
                lambda log: log.mean(1)
            ),
            "This keeps the likelier spelling; the probabilities of both are to be added: torch.logsumexp.": by(
                lambda log: log.amax(1)
            ),
            "The rows do not sum to one: what the student has no word for is still counted. Normalise.": by(
                lambda log: log.logsumexp(1), lambda log: log, lambda v: v.log_softmax(1)
            ),
            "These are logits; log-probabilities are wanted: a log_softmax at the end.": by(
                lambda log: log.logsumexp(1), lambda log: log
            ),
            "These are probabilities; their logarithms are wanted.": by(
                lambda log: log.logsumexp(1), lambda log: log.softmax(1)
            ),
        },
    )  # fmt: skip
