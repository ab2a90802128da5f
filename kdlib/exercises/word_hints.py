"""Hints and solutions for the exercises of the chapter on words."""

HINTS: dict[str, tuple[str, str]] = {
    "reverse_kl": (
        "It is the distillation loss of chapter 3 at T = 1 with the two sides exchanged.",
        "sum over classes of p (log p - log q), then the mean over the rows; p is the student's softmax.",
    ),
    "gradient_of_reverse_kl": (
        "L = sum_k p_k r_k with r = log p - log q. How does p change with z_j? dp_k/dz_j = p_k (1[k = j] - p_j).",
        "p times (r minus its mean under p), divided by B: each row sums to zero.",
    ),
    "sentence_log_prob": (
        "The probability of a sentence is a product: the first word, the second after the first, and so on.",
        "Word k comes after sentence[:k]. Add speaker(sentence[:k])[sentence[k]] for all k, the first included.",
    ),
    "on_policy": (
        "Chapter 3's loop without a data set: the rows of each step are what the student says at that moment.",
        "rows = say(student), then the teacher's logits for them under torch.no_grad(), then loss(student(rows), v).",
    ),
    "align": (
        "For each of the student's words find the teacher's tokens that spell it, in any case: token.lower() == word.",
        "torch.logsumexp over those columns adds their probabilities; a log_softmax at the end normalises the rows.",
    ),
}
SOLUTIONS: dict[str, str] = {
    "reverse_kl": """\
def reverse_kl(z, v):
    log_p, log_q = F.log_softmax(z, dim=1), F.log_softmax(v, dim=1)
    return (log_p.exp() * (log_p - log_q)).sum(dim=1).mean()""",
    "gradient_of_reverse_kl": """\
def gradient_of_reverse_kl(z, v):
    p, r = F.softmax(z, dim=1), F.log_softmax(z, dim=1) - F.log_softmax(v, dim=1)
    return p * (r - (p * r).sum(dim=1, keepdim=True)) / len(z)""",
    "sentence_log_prob": """\
def sentence_log_prob(speaker, sentence):
    return sum(speaker(sentence[:k])[word].item() for k, word in enumerate(sentence))""",
    "on_policy": """\
def on_policy(student, teacher, say, loss, steps, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr=lr)
    for step in range(steps):
        rows = say(student)
        with torch.no_grad():
            v = teacher(rows)
        optimizer.zero_grad()
        loss(student(rows), v).backward()
        optimizer.step()""",
    "align": """\
def align(v, teacher_words, student_words):
    columns = [[k for k, token in enumerate(teacher_words) if token.lower() == word] for word in student_words]
    log_q = torch.stack([torch.logsumexp(v[:, same], dim=1) for same in columns], dim=1)
    return torch.log_softmax(log_q, dim=1)""",
}
