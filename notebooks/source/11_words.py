# %% [markdown]
# # 11. Words
#
# *Reading: about 25 minutes. Running: under 30 seconds on two cores.*
#
# Afterwards you can
#
# - distil a language model in miniature, and say exactly how well it went: all its sentences are counted,
# - derive the reverse KL and its gradient, and say what it makes a student do that is too small,
# - write the on-policy loop, and tell TRL's `beta` from its `lmbda`,
# - say why a small model babbles, when it forgets a topic, and which objective does which.
#
# Builds on chapters 3 and 4: soft targets, their gradient. Paired draws are those of chapter 6.

# %%
from types import SimpleNamespace as Rows

import torch
import kdlib
from kdlib import draws, sentences
from kdlib.claims import claim, together
from kdlib.exercises import checks
from kdlib.exercises.hints import hints
from kdlib.intervals import mean_over_seeds
from kdlib.pictures import band_panels
from kdlib.widgets import Bet, score
from kdlib.word_pictures import ScoreTable, mass_by_rank, precision_against_recall
from kdlib.worlds import words

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

# %% [markdown]
# ## A language that can be counted
#
# Five words, six words to a sentence: a diary of six days' weather. A sentence that begins with sun or wind is a summer, any other a winter, and each
# season goes on by a chain of its own. We draw 32 such languages. Here is what the first one says.

# %%
languages = words.languages(32, draws.people)
truth = languages.next_words()
log_truth = truth.log()
for sentence in words.sample_sentences(truth, 6, draws.people)[0].tolist():
    print(words.text(sentence))

# %% [markdown]
# `truth` is a table. For each language and each **beginning** (nothing, or the first one to five words) it holds the probability of the next
# word. A language model is nothing else. There are 3,906 beginnings, so here the table can be written down.
#
# **"fog sun" and "sun sun" end alike. Will they go on alike?**

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
for said in ("", "sun", "sun sun", "fog sun"):
    after = truth[0, words.beginning(said)].tolist()
    print(f"{said or '(nothing)':<10}", {word: round(p, 3) for word, p in zip(words.WORDS, after, strict=True)})

# %% [markdown]
# They do not: one is a summer, the other a winter. Both seasons use the same five words. Whoever has forgotten the first word cannot know
# how to go on. Half of each language's sentences are summers.
#
# **What is the probability of a whole sentence?** Write it. `speaker(said)` takes a list of words and gives the log-probabilities of the next
# one; `sentence` is a list of words, as whole numbers.

# %% tags=["exercise"]
def sentence_log_prob(speaker, sentence):
    return ...  # your lines; a number

# %% tags=["check"]
checks.sentence_log_prob(sentence_log_prob)

# %% tags=["hints"]
hints("sentence_log_prob")

# %% [markdown]
# There are 15,625 sentences, and kdlib computes all of them at once. **How many does a language need for 95% of what it says?** We call these
# its **typical** sentences.

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
log_p = words.log_probs_of_sentences(log_truth)
print("sum of all probabilities", log_p[0].exp().sum().item())
print("typical sentences", sentences.typical(log_p).sum(-1).tolist())

# %% [markdown]
# A few hundred to a few thousand out of 15,625. So we can say exactly what nobody can say of a large model:
#
# - **precision**: how much of what a student says is typical of the truth. The rest is babble.
# - **recall**: how much of what the truth says is typical of the student. The rest it has forgotten.
# - **forward KL**, KL(truth || student), and **reverse KL**, KL(student || truth), over whole sentences.
#
# ## A teacher that forgets nothing
#
# Predicting the next word is classification: a row for each beginning, the next word as its label. So `train_cohort` serves as it is. The
# teacher sees all words said so far (five places for one of five words each: 25 columns) and learns from 2,000 sentences. This is **teacher forcing**: every beginning comes from the data, none from
# the network. (The teacher of that name is the data.)

# %%
def next_word_rows(said):
    """Beginnings [32, rows] and the words that come after them, of sentences [32, n]."""
    return words.beginnings_of(said).flatten(1), words.words_of(said).flatten(1)

corpus = words.sample_sentences(truth, 2_000, draws.people + 100)
beginnings, labels = next_word_rows(corpus)
everything = words.whole_beginnings()
rows = Rows(x=everything[beginnings], y=labels)
print("features", list(rows.x.shape), " labels", list(rows.y.shape))

# %% [markdown]
# A large step with momentum, then a tenth of it to come to rest.

# %%
recipe = {"runs": 32, "batch_size": 200, "momentum": 0.9, "seed": draws.teachers}
teachers = kdlib.train_cohort((25, 24, 5), rows, kdlib.HardLabels(), lr=0.5, epochs=8, **recipe)
models = [teachers.module(r) for r in range(32)]
teachers = kdlib.train_cohort((25, 24, 5), rows, kdlib.HardLabels(), lr=0.05, epochs=3, models=models, **recipe)
v = teachers.logits(everything)
print("the teachers' tables of logits", list(v.shape))

# %%
def judged(speakers):
    """The five numbers of each speaker, whose tables [32, 3906, 5] hold logits of next words."""
    return {name: sentences.scores(z.log_softmax(-1), log_truth) for name, z in speakers.items()}

scored = judged({"teacher": v})
ScoreTable(scored)

# %% [markdown]
# A good teacher with faults of its own. `rarer season` is how much it says of the season that it says less of; the truth has 50%.
#
# ## A student that remembers one word
#
# The student sees the last word only: six memories (nothing, or one of five words), five logits for each, 30 numbers. It cannot know the season.
# **It is too small for its task.** What will it do with what it has?
#
# Three ways to teach it that need no more than `train_cohort`. A student has seen only 50 of the teacher's 2,000 sentences.
#
# - **labels**: the words of the 50 sentences,
# - **soft targets**: for the same beginnings the teacher's probabilities of the next word,
# - **the teacher's sentences**: the teacher speaks 2,000 sentences, and their words are the labels. Kim and Rush (2016) call it **sequence-level
#   distillation**; they take the sentence that a beam search finds most probable. In TRL it is `seq_kd=True`.
#
# And the dull control: as many sentences of the truth, without any teacher. **Put the four in order of their forward KL.**

# %%
one_word = words.memory(1)

def student(said, objective, remembers=one_word, v=None, **recipe):
    """Students of the words of sentences, or of the teacher's logits v for their beginnings: logits [32, 3906, 5]."""
    beginnings, labels = next_word_rows(said)
    seen = torch.eye(int(remembers.max()) + 1)
    answers = None if v is None else v[torch.arange(32)[:, None], beginnings]
    recipe = {"runs": 32, "lr": 2.0, "epochs": 3, "batch_size": 120, "seed": draws.students} | recipe
    cohort = kdlib.train_cohort((len(seen), 5), Rows(x=seen[remembers[beginnings]], y=labels), objective,
                                teacher_logits=answers, **recipe)
    return cohort.logits(seen)[:, remembers]

# %%
soft, few, long = kdlib.SoftTargets(1.0), corpus[:, :50], {"epochs": 60, "batch_size": 60}
spoken = words.sample_sentences(v.softmax(-1), 2_000, draws.people + 400)
speakers = {
    "labels": student(few, kdlib.HardLabels(), **long),
    "soft targets": student(few, soft, v=v, **long),
    "teacher's sentences": student(spoken, kdlib.HardLabels()),
    "as many of the truth": student(corpus, kdlib.HardLabels()),
}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
scored |= judged(speakers)
ScoreTable(scored)

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
forward = {name: numbers["forward KL"] for name, numbers in scored.items()}
together(
    claim("On the same 50 sentences the teacher's soft targets bring a student nearer to the truth than their words do.",
          forward["labels"], forward["soft targets"], above=0.05, unit="nats"),
    claim("The teacher's own 2,000 sentences do so too.", forward["labels"], forward["teacher's sentences"], unit="nats"),
    claim("As many sentences of the truth do better still: what the teacher has over the student is its data.",
          forward["teacher's sentences"], forward["as many of the truth"], unit="nats"))

# %% [markdown]
# It is the lesson of chapter 6 once more: who has the data needs no teacher. But look at what all four have in common. Much of what they say is
# babble: their precision is far below the teacher's. More data will not help. The student is too small to be right everywhere, and the forward KL
# asks it to leave nothing out.
#
# ## The other way round
#
# With $p$ for the student and $q$ for the teacher, the two directions are
#
# $$\mathrm{KL}(q\,\|\,p) = \sum_k q_k \log\frac{q_k}{p_k} \quad\text{(forward)}, \qquad
#   \mathrm{KL}(p\,\|\,q) = \sum_k p_k \log\frac{p_k}{q_k} \quad\text{(reverse)}.$$
#
# The forward one punishes a student for what the teacher says and it does not. The reverse one punishes it for what it says and the teacher does
# not. **Write the reverse one**, for logits, without temperature:

# %% tags=["exercise"]
def reverse_kl(z, v):
    return ...  # your lines; the mean over the batch

# %% tags=["check"]
checks.reverse_kl(reverse_kl)

# %% tags=["hints"]
hints("reverse_kl")

# %% [markdown]
# **Now its gradient.** The forward one has $(p - q)/B$. Here $p$ stands before the logarithm as well as in it, so the softmax's own derivative
# comes in: $\partial p_k/\partial z_j = p_k(\mathbf 1[k=j] - p_j)$.

# %% tags=["exercise"]
def gradient_of_reverse_kl(z, v):
    return ...  # your lines; like z

# %% tags=["check"]
checks.gradient_of_reverse_kl(gradient_of_reverse_kl)

# %% tags=["hints"]
hints("gradient_of_reverse_kl")

# %% [markdown]
# A student is sure of "sun", the teacher of "snow". **Which of the two gradients pulls harder at "snow"?**

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
z_sure = torch.tensor([[6.0, 0, 0, 0, 0]])
v_sure = torch.tensor([[0.0, 0, 0, 0, 6]])
for objective in (kdlib.SoftTargets(1.0), kdlib.ReverseKL(1.0)):
    pull = -objective.logit_gradient(z_sure, teacher_logits=v_sure)[0]
    print(f"{objective.label:<13}", {word: round(g, 3) for word, g in zip(words.WORDS, pull.tolist(), strict=True)})

# %% [markdown]
# The reverse one barely pulls. Every entry of its gradient carries the factor $p_k$: what a student never says, it does not learn to say. It
# drops things, and it does not pick up what it has dropped.
#
# `diagnose` of chapter 10 calls this loss a mistake: most people who compute it meant the other one. Whoever chooses it says so.

# %%
mine = kdlib.ReverseKL(1.0)
print(kdlib.diagnose(mine, temperature=1.0).names, kdlib.diagnose(mine, temperature=1.0, reverse_kl=True).names)

# %% [markdown]
# ## Whose sentences?
#
# So far every beginning came from the data or from the teacher. But in use the student goes on from *its own* words, right or wrong. **On-policy**
# distillation lets the student speak, and asks the teacher about every word that it said (GKD: Agarwal and others, 2024). The data set is gone; the
# rows are drawn afresh at every step.
#
# **Write the loop.** `say(student)` gives the rows (beginnings, as features) of sentences that the student says now. `loss` takes $(z, v)$.

# %% tags=["exercise"]
def on_policy(student, teacher, say, loss, steps, lr):
    return ...  # your lines; the student is trained in place

# %% tags=["check"]
checks.on_policy(on_policy)

# %% tags=["hints"]
hints("on_policy")

# %% [markdown]
# Nothing flows back through the drawing: the words are data once they are said. Keep that in mind; a whole section below hangs on it.
#
# Two choices are now open, and TRL's `GKDTrainer` names them:
#
# | TRL | here | at 0 | at 1 |
# |---|---|---|---|
# | `lmbda` | whose sentences: the share that the student says | the data's | the student's own, on-policy |
# | `beta` | which divergence, word by word | forward KL | reverse KL |
#
# (TRL tosses a coin with probability `lmbda` for each batch; we take that share of each batch. `temperature` is how boldly the student speaks
# while it learns.) People mix the two up, and the directions as well: the manual of
# ms-swift had the two formulas of `beta` exchanged until pull request 6334.
#
# Between its ends `beta` is no mixture of the two: it is the generalised Jensen-Shannon divergence to a mixture of $p$ and $q$.

# %%
def divergence(z, v, beta):
    """TRL's generalised Jensen-Shannon divergence, mean over rows: [32, rows, 5] -> [32]."""
    log_p, log_q = z.log_softmax(-1), v.log_softmax(-1)
    if beta in (0, 1):
        a, b = (log_q, log_p) if beta == 0 else (log_p, log_q)
        return (a.exp() * (a - b)).sum(-1).mean(-1)
    beta = torch.tensor(beta)
    m = torch.logaddexp(log_p + (1 - beta).log(), log_q + beta.log())
    return (beta * log_q.exp() * (log_q - m) + (1 - beta) * log_p.exp() * (log_p - m)).sum(-1).mean(-1)

# %% [markdown]
# And this is the loop for 32 languages at once. Each step takes 100 sentences: a share `lmbda` of them the student's own, the others from the data.
# So that nobody lacks sentences, the data are all 2,000 from here on. The students below differ in these two settings and in nothing else.

# %%
def gkd(beta, lmbda, data, v, remembers=one_word, lr=2.0, steps=100):
    """Students after each step: logits [32, 3906, 5]."""
    run, z = torch.arange(32)[:, None], torch.zeros(32, int(remembers.max()) + 1, 5)
    own = round(100 * lmbda)
    for step in range(steps):
        seed = draws.people + 100_000 * (step + 1)
        picked = torch.randint(data.shape[1], (100 - own,), generator=torch.Generator().manual_seed(seed))
        said = data[:, picked]
        if own:
            said = torch.cat([said, words.sample_sentences(z.softmax(-1)[:, remembers], own, seed)], 1)
        rows, _ = next_word_rows(said)
        z.requires_grad_()
        (gradient,) = torch.autograd.grad(divergence(z[run, remembers[rows]], v[run, rows], beta).sum(), z)
        z = (z - lr * gradient).detach()
        yield z[:, remembers]

def last(students):
    *_, z = students
    return z

# %% [markdown]
# Watch one learn: at some steps the first language's student says a sentence, with its probability in the truth. It learns from its own sentences by
# the reverse KL.

# %%
for step, z in enumerate(gkd(1, 1.0, corpus, v), start=1):
    if step in (1, 2, 5, 10, 20, 50, 100):
        said = words.sample_sentences(z[:1].softmax(-1), 1, draws.people + step)[0, 0].item()
        print(f"step {step:>3}  {words.text(said):<32} truth {log_p[0, said].exp().item():.1e}")

# %%
speakers |= {
    "data, forward": last(gkd(0, 0.0, corpus, v)),
    "data, reverse": last(gkd(1, 0.0, corpus, v)),
    "on-policy, forward": last(gkd(0, 1.0, corpus, v)),
    "on-policy, beta 0.5": last(gkd(0.5, 1.0, corpus, v, lr=6.0)),
    "on-policy, reverse": z,
}

# %% [markdown]
# ("Data, forward" is soft targets by another loop. At `beta=0.5` the gradient is smaller by nature; the step makes up for it.)
#
# ## The whole sentence
#
# What if the objective is the reverse KL of *whole sentences* $s$? By the chain rule it is a sum over all beginnings $s_{<k}$:
#
# $$\mathrm{KL}(p\,\|\,q) = \sum_{k=1}^{6} \sum_{s_{<k}} p(s_{<k})\; \mathrm{KL}\big(p(\cdot\,|\,s_{<k})\,\|\,q(\cdot\,|\,s_{<k})\big)$$
#
# That is the very number that on-policy training looks at: beginnings drawn from the student, reverse KL at each. **So will it lead to the same
# student?** What differs is what may move. On-policy training takes $p(s_{<k})$ as given. The whole sentence has a gradient through it as well: it
# can learn to avoid beginnings that it cannot go on from. MiniLLM (Gu and others, 2024) estimates that gradient with policy gradients, as
# reinforcement learning does. Here all beginnings can be counted, so autograd gives it exactly.

# %%
def whole_sentences(log_teacher, remembers=one_word, steps=80):
    """Students of the reverse KL of whole sentences: logits [32, 3906, 5]."""
    z = torch.zeros(32, int(remembers.max()) + 1, 5, requires_grad=True)
    optimizer = torch.optim.Adam([z], lr=0.3)
    for _ in range(steps):
        optimizer.zero_grad()
        sentences.sentence_reverse_kl(z.log_softmax(-1)[:, remembers], log_teacher).sum().backward()
        optimizer.step()
    return z.detach()[:, remembers]

# %%
speakers["whole sentences, reverse"] = whole_sentences(v.log_softmax(-1))

# %% [markdown]
# Before you look at any of it:

# %% tags=["bet"]
three = ["data, forward", "on-policy, reverse", "whole sentences, reverse"]
nonsense = Bet("Which of these students babbles most: whose precision is lowest?", choices=three)
nonsense

# %% tags=["bet"]
forgets = Bet("Which of them says least of its rarer season?", choices=three)
forgets

# %% tags=["bet"]
seasons = Bet("Of 100 sentences of the on-policy student (reverse), how many belong to its rarer season?", low=0, high=50,
              unit="sentences", margin=3)
seasons

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
scored = judged({"teacher": v} | speakers)
ScoreTable(scored)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
def extreme(what):
    return min(three, key=lambda name: scored[name][what].mean())

nonsense.settle(extreme("precision"))

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
forgets.settle(extreme("rarer season"))

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
seasons.settle(mean_over_seeds(100 * scored["on-policy, reverse"]["rarer season"]))

# %% tags=["hide-input"] jupyter={"source_hidden": true}
alt = ("Recall against precision, one small mark a language. Students of the data and the two on-policy ones lie at high recall and "
       "a precision around one half; students of whole sentences at a precision near that of the truth and a recall of one half.")
shown = [three[0], "on-policy, forward", *three[1:]]
precision_against_recall({name: (scored[name]["precision"], scored[name]["recall"]) for name in shown},
                         "One covers and babbles, the other is right and forgets", alt)

# %% [markdown]
# And where the probability goes, in the language whose recall is the median. Each panel adds up one season's sentences, the truth's most probable
# one first.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
alt = ("Probability added up over summers and over winters, from the truth's most probable sentence on. The truth reaches one half in both. "
       "Data and on-policy reach about one half in both, but later. Whole sentences reach nearly one in one season and zero in the other.")
median = scored[three[2]]["recall"].argsort()[16]
heard = {name: words.log_probs_of_sentences(speakers[name][median].log_softmax(-1)) for name in three}
mass_by_rank(heard, log_p[median], "Whole sentences: one season, and that one well", alt)

# %%
precision, recall, rarer, reverse = (
    {name: numbers[what] for name, numbers in scored.items()} for what in ("precision", "recall", "rarer season", "reverse KL"))
cover, by_word, choose = three
together(
    claim("The student of whole sentences is more than 20 points more precise than that of the data, forward.",
          precision[choose], precision[cover], above=0.2),
    claim("It pays with more than 20 points of recall.", recall[cover], recall[choose], above=0.2),
    claim("Less than 15% of what it says belongs to its rarer season.", rarer[choose], within=0.15, unit="percent"),
    claim("On-policy word by word, the reverse KL forgets no season: both have more than 40%.", rarer[by_word], above=0.4, unit="percent"),
    claim("In precision it lies above the data, forward,", precision[by_word], precision[cover]),
    claim("and below whole sentences.", precision[choose], precision[by_word], above=0.2),
    claim("In reverse KL it lies between the two as well: below the data, forward,", reverse[cover], reverse[by_word], unit="nats"),
    claim("and above whole sentences.", reverse[by_word], reverse[choose], above=1, unit="nats"))

# %% [markdown]
# So "reverse KL chooses" is half of the truth. Word by word it chooses only among *words*. Which season a student speaks is decided at the first word,
# where both seasons are right and nothing needs to be dropped. What the first word costs later, the word-by-word gradient does not see. The whole sentence sees it:
# it gives up one season, pays $\log 2$ once, and from then on always knows which season it is in. (In a language whose seasons happen to get along
# it keeps both: the few marks high up on the right.)
#
# ## A dial between the two
#
# Nothing forces us to the ends. Here the objective is $(1-\delta)$ forward KL $+\,\delta$ reverse KL of whole sentences, and the picture shows the
# best student of one word for it: no training luck, no drawn sentence, and the truth as its teacher. **Move the dial: does the student give up its
# season bit by bit, or all at once? In every language?** Then let it speak, a sentence a second.

# %%
from kdlib.widgets import WordsExplorer

explorer = WordsExplorer(seed=draws.people)
explorer

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
opening = repr(explorer)
for dial, language in ((1.0, 7), (0.5, 0)):
    explorer.dial, explorer.language = dial, language
    assert f"language {language + 1}, dial {dial:.2f}" in repr(explorer)
explorer.dial, explorer.language = 0.0, 1
assert repr(explorer) == opening

# %% tags=["twin"]
explorer.picture()

# %% [markdown]
# Bit by bit, and most of it within a short stretch of the dial, at another place in every language. Where two seasons get along it hardly gives up
# anything. To the right the reverse KL only falls and the forward one only rises, as for every best answer to a weighted sum.
#
# ## Errors that add up
#
# A student trained on the data's beginnings meets other beginnings when it speaks: its own. This is called **exposure bias**. We can measure
# it: the reverse KL of the next word, after the truth's beginnings and after the student's own.

# %% tags=["bet"]
adds_up = Bet("At the last word, whose error grows more when its own beginnings replace the truth's?",
              choices=["trained on the data", "trained on-policy", "the same for both"])
adds_up

# %%
def by_position(z):
    """Error at each of the six words after the truth's beginnings and after the student's own, each [32, 6]."""
    log_s = z.log_softmax(-1)
    errors = sentences.word_divergence(log_s, log_truth)
    return [sentences.by_position(errors, words.log_probs_of_beginnings(who)) for who in (log_truth, log_s)]

places = {name: by_position(speakers[name]) for name in ("data, reverse", "on-policy, reverse")}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
grows = {name: (own - of_truth)[:, -1] for name, (of_truth, own) in places.items()}
on_data, on_own = (grows[name].mean() for name in places)
adds_up.settle("trained on the data" if on_data > on_own else "trained on-policy")

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Reverse KL of the next word by its position, two panels. Trained on the data, the line after own beginnings leaves that after the truth's "
       "beginnings at the third word and stays far above it. Trained on-policy the two lie close together.")
panels = {f"trained: {name}": {"after the truth's beginnings": a, "after its own": b} for name, (a, b) in places.items()}
band_panels(panels, range(1, 7), "word", "On its own words the data's student is worse than it looks", alt, ylabel="reverse KL (nats)")

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
on_data, on_own = grows.values()
together(
    claim("Trained on the data, the last word is worse after own beginnings than after the truth's.", on_data, unit="nats"),
    claim("Trained on-policy by the same divergence, this grows less.", on_data, on_own, unit="nats"),
    claim("After the truth's beginnings, where a validation loss looks, the student of the data is ahead at that word.",
          places["on-policy, reverse"][0][:, -1], places["data, reverse"][0][:, -1], unit="nats"),
    claim("After their own beginnings it is not, to within 0.02 nats, a small part of that lead.",
          places["data, reverse"][1][:, -1], places["on-policy, reverse"][1][:, -1], above=-0.02, unit="nats"))

# %% [markdown]
# A validation loss on the data's beginnings sees the lead and does not see that it is gone as soon as the student speaks for itself. On-policy
# training gives up what it does not need: beginnings that this student never says.
#
# ## Two temperatures
#
# A temperature stands in two places, and they have nothing to do with each other. **In the loss** both softmaxes are softened while the student
# learns (chapter 5); it speaks at $T = 1$ afterwards. **In sampling** the softmax is sharpened while somebody speaks. The third student below is
# the first one, speaking at $T = 0.5$; the fourth learned sentences that the teacher spoke so. **Which temperature changes what a student says?**

# %%
warm = {"loss at T = 1": student(corpus, soft, v=v),
        "loss at T = 2": student(corpus, kdlib.SoftTargets(2.0), v=v, lr=1.0)}
warm["speaks at T = 0.5"] = warm["loss at T = 1"] / 0.5
cold = words.sample_sentences((v / 0.5).softmax(-1), 2_000, draws.people + 400)
warm["taught by cold sentences"] = student(cold, kdlib.HardLabels())

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
at_t = judged(warm)
ScoreTable(at_t)

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
plain, loss_t, speaks, taught = at_t.values()
together(
    claim("A temperature of 2 in the loss moves precision by less than 10 points", loss_t["precision"], plain["precision"], within=0.1),
    claim("and recall too.", loss_t["recall"], plain["recall"], within=0.1),
    claim("Speaking at T = 0.5 raises precision by more than 10 points", speaks["precision"], plain["precision"], above=0.1),
    claim("and costs more than 20 points of recall.", plain["recall"], speaks["recall"], above=0.2),
    claim("A teacher that speaks at T = 0.5 hands this on: precision", taught["precision"], plain["precision"], above=0.1),
    claim("and recall.", plain["recall"], taught["recall"], above=0.2))

# %% [markdown]
# (Ten points is the least that speaking at half the temperature moves.) Sampling moves a speaker along precision and recall after the fact;
# beam search and greedy decoding are its cold end. So whoever compares two students has to compare them at the same sampling temperature.
#
# ## A student with enough memory
#
# The control of this chapter. All of this happened because the student was too small. **What becomes of it where the student remembers the season and
# the last word, which is all there is to know?** The truth itself is the teacher, so that nothing but the objective differs.

# %%
enough = words.season_memory()
same = {
    "soft targets": student(corpus, soft, enough, v=log_truth, epochs=6),
    "on-policy, reverse": last(gkd(1, 1.0, corpus, log_truth, enough, lr=4.0)),
    "whole sentences, reverse": whole_sentences(log_truth, enough),
}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
met = judged(same)
ScoreTable(met)

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
near = [claim(f"With enough memory, {name}: the reverse KL is within 0.1 nats of zero.", numbers["reverse KL"], within=0.1, unit="nats")
        for name, numbers in met.items()]
both = [claim(f"With enough memory, {name}: each season has more than 45%.", numbers["rarer season"], above=0.45, unit="percent")
        for name, numbers in met.items()]
together(*near, *both)

# %% [markdown]
# They meet, to within a tenth of a nat, where the small students lay nats apart. Both divergences are zero at the same place, and a
# student that can get there goes there. Wu and others (2024) say so of large models:
# both directions "converge after a sufficient number of epochs". The choice of a divergence is the choice of
# *what a student that is too small may get wrong*.
#
# ## Two tokenizers
#
# Teacher and student of two families have other vocabularies: other numbers for the same words, several spellings, words that the other lacks.
# Logits are then lists with different meanings, and `F.kl_div` does not complain as long as the lengths agree.
#
# **Give the teacher's log-probabilities in the student's words.** Match by spelling, in any case; add what belongs to one word; drop what the student
# has no word for, and normalise.

# %% tags=["exercise"]
def align(v, teacher_words, student_words):
    return ...  # your lines; log-probabilities [B, student's words]

# %% tags=["check"]
checks.align(align)

# %% tags=["hints"]
hints("align")

# %% [markdown]
# What does it cost to leave this out? The teacher's vocabulary is our five words in another order, and nobody noticed. **Where will the student end:
# a little worse, or worse than one that knows nothing?**

# %%
order = [1, 2, 3, 4, 0]  # the teacher's column k is our word order[k]
unaligned = student(few, soft, v=v[..., order], **long)
ignorant = torch.zeros_like(v)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
mixed_up = judged({"other columns": unaligned, "knows nothing": ignorant})
ScoreTable(mixed_up)

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
claim("Distilled from columns that mean other words, a student is further from the truth than one that says everything equally often.",
      mixed_up["other columns"]["forward KL"], mixed_up["knows nothing"]["forward KL"], unit="nats")

# %% [markdown]
# Its loss went down all the same. Where a word of the student is *several* tokens of the teacher, matching single columns is not enough. Two cures
# are in use. Sequence-level distillation needs no logits: text is what both have in common. And the universal logit distillation loss (Boizard and
# others, 2024) compares the two lists sorted by size, whatever the words are; that is a comparison of how sure both are.
#
# ## What carries over
#
# | here | in the literature on large models |
# |---|---|
# | forward KL babbles, as the student is too small | MiniLLM takes the reverse KL "to prevent the student model from overestimating the low-probability regions of the teacher distribution" |
# | own beginnings against the data's | GKD names the "distribution mismatch between output sequences seen during training and those generated by the student during inference" |
# | with enough memory all meet | Wu and others (2024): "neither mode-seeking nor mean-seeking properties manifest in KD for LLMs" |
# | word by word the reverse KL forgets no topic | TorchRL of its own loss: the term of the sampling distribution is ignored |
# | the whole sentence forgets a season | loss of diversity, as in reinforcement learning; MiniLLM mixes the teacher into the sampling |
#
# What cannot be shown here: five words have no grammar and no meaning; nobody starts from a pretrained student; sampling is cheap, while at scale it
# is most of the bill; and no large model's sentences can be counted, so its precision and recall are always estimates.
#
# ## What we saw

# %%
for name in three:
    print(f"{name:<24} precision {precision[name].mean():.1%}, recall {recall[name].mean():.1%}, rarer season {rarer[name].mean():.1%}")
print(f"Growth of the last word's error on own beginnings: {on_data.mean():.3f} nats from data, {on_own.mean():.3f} on-policy.")
at_rest = ", ".join(f"{numbers['reverse KL'].mean():.3f}" for numbers in met.values())
print(f"With enough memory, reverse KL: {at_rest} nats.")

# %% tags=["score"]
score()

# %% [markdown]
# ## Try next
#
# 1. Let the student remember two words: `words.memory(2)`. Does the student of whole sentences still give up a season?
# 2. Start `whole_sentences` from the soft targets' student instead of from zeros. Does it forget less?
#
# <details><summary>Solutions</summary>
#
# 1. Put `words.memory(2)` into `whole_sentences` and `student`. Two words say more about the season. In some languages it keeps both now, in others
#    it still gives one up. The student of soft targets is more than five points more precise than with one word.
# 2. Hardly. It starts with both seasons, and in nearly all languages it leaves one of them.
#
# </details>
#
# **Terms:** beginning, teacher forcing, forward KL, reverse KL, sequence-level distillation, on-policy distillation, exposure bias, precision and recall
# of a speaker, sampling temperature.
#
# **Next:** [chapter 12, the playground](12_playground.ipynb).
