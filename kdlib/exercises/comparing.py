"""The checks of chapters 05 and 06: what a comparison of runs is to compute."""


from kdlib.exercises import draws
from kdlib.exercises.compare import check
from kdlib.exercises.verdict import Verdict
from kdlib.intervals import mean_over_seeds, paired_difference


def difference(answer) -> Verdict:
    """A fair comparison: two measures of the same runs [n] -> mean of a - b and its 95% interval. Chapter 06."""

    def interval(d, half):
        return [d.mean().item(), (d.mean() - half).item(), (d.mean() + half).item()]

    def unpaired(a, b):
        from scipy.special import stdtrit

        half = (a.var() / len(a) + b.var() / len(b)).sqrt() * float(stdtrit(2 * len(a) - 2, 0.975))
        return interval(a - b, half)

    return check(
        "difference", answer, lambda a, b: list(paired_difference(a, b))[:3], draws.pairs(),
        todo="difference is to give the mean of a - b over the runs and the two ends of its 95% interval.",
        praise="What the two share cancels in the pair.",
        wrong={
            "This is b - a.": lambda a, b: list(paired_difference(b, a))[:3],
            "The interval is that of two groups without pairs: take the spread of the differences a - b.": unpaired,
            "This is the spread of single runs; the mean's interval is narrower by the root of n.": (
                lambda a, b: interval(a - b, 1.96 * (a - b).std())
            ),
            "With few runs 1.96 is too small: take Student's t for n - 1.": (
                lambda a, b: interval(a - b, 1.96 * (a - b).std() / len(a) ** 0.5)
            ),
        },
    )  # fmt: skip


def no_difference(answer) -> Verdict:
    """When "no difference" is supported: differences [n], a margin -> True or False. Chapter 06."""
    given = []
    for a, b in draws.pairs():
        e = mean_over_seeds(a - b)
        given += [(a - b, margin) for margin in (0.5 * abs(e.mean), 0.9 * max(abs(e.low), abs(e.high)), 0.05)]
        half = e.high - e.mean
        given += [(a - b - e.mean + shift * half, 1.2 * half) for shift in (-0.5, 0.0, 0.5)]

    def estimate(d):
        return mean_over_seeds(d)

    return check(
        "no_difference", answer, lambda d, margin: -margin < estimate(d).low and estimate(d).high < margin, given,
        todo="no_difference is to say whether the whole interval lies within the margin.",
        praise="A wide interval that holds zero shows little; one inside the margin shows that nothing much is there.",
        wrong={
            "An interval that holds zero is no proof: a wide one often does. All of it has to lie within the margin.": (
                lambda d, margin: estimate(d).low < 0 < estimate(d).high
            ),
            "The mean alone says nothing about luck: the whole interval has to lie within the margin.": (
                lambda d, margin: abs(estimate(d).mean) < margin
            ),
        },
    )  # fmt: skip


def each_at_its_own(answer) -> Verdict:
    """Tuned contestants compared: scores a, b [runs, steps] -> a - b [runs], each at its own step. Chapter 06."""

    def at_best(scores):
        return scores[:, scores.mean(0).argmax()]

    def at(a, b, k):
        return a[:, k] - b[:, k]

    return check(
        "each_at_its_own", answer, lambda a, b: at_best(a) - at_best(b), draws.tried(),
        todo="each_at_its_own is to give the difference of the two in every run, each at the step that is best for it.",
        praise="One step for each contestant, and the pairs stay pairs.",
        wrong={
            "Each run takes a step of its own here: that picks the luck of single runs. One step for all runs.": (
                lambda a, b: a.amax(1) - b.amax(1)
            ),
            "Both are taken at the step that suits the first; the second has a best step of its own.": (
                lambda a, b: at(a, b, a.mean(0).argmax())
            ),
            "Both are taken at the step that suits the second; the first has a best step of its own.": (
                lambda a, b: at(a, b, b.mean(0).argmax())
            ),
            "The sign is turned: the first minus the second.": lambda a, b: at_best(b) - at_best(a),
            "The step is chosen by one run; take the mean over all runs.": (
                lambda a, b: a[:, a[0].argmax()] - b[:, b[0].argmax()]
            ),
            "This takes the mean over the steps; take each at its best one.": lambda a, b: a.mean(1) - b.mean(1),
        },
    )  # fmt: skip


def fair_best(answer) -> Verdict:
    """The best point of a grid, without flattering it: scores [runs, points] -> number. Chapter 05."""

    def chosen(half):
        return half.mean(0).argmax()

    def halves(scores):
        return scores.split(len(scores) // 2)[:2]

    return check(
        "fair_best", answer, lambda s: halves(s)[1][:, chosen(halves(s)[0])].mean().item(),
        [(scores,) for scores, _ in draws.tried(halves=True)],
        todo="fair_best is to choose a point with the first half of the runs, and to give its mean over the others.",
        praise="The runs that chose have no say in the score.",
        wrong={
            "All runs choose, and the same runs are the score: the best of many noisy numbers flatters itself.": (
                lambda s: s.mean(0).max().item()
            ),
            "The runs that chose are the score as well: take the other half.": (
                lambda s: halves(s)[0].mean(0).max().item()
            ),
            "The second half chooses for itself; the first half is to choose.": (
                lambda s: halves(s)[1].mean(0).max().item()
            ),
            "The first half chooses, but all runs are the score; leave out those that chose.": (
                lambda s: s[:, chosen(halves(s)[0])].mean().item()
            ),
        },
    )  # fmt: skip
