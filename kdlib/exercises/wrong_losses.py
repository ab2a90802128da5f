"""Distillation losses that look right: one function per wrong formula, as it stands in real code. Chapter 10.

All take student logits z and teacher logits v [B, C], labels y [B] and the temperature T. Those above the line are soft
terms, where the right one is `soft_targets`; those below it are terms of the labels, where the right one is `labels`.
"""

import torch
import torch.nn.functional as F


def soft_targets(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def no_t2(z, v, y, T):
    return F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def t_once(z, v, y, T):
    return T * F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def wrong_sign(z, v, y, T):
    return -(T**2) * F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def mean_reduction(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(v / T, dim=1), reduction="mean")


def sum_reduction(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(v / T, dim=1), reduction="sum")


def reverse_kl(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(v / T, dim=1), F.softmax(z / T, dim=1), reduction="batchmean")


def probabilities_as_input(z, v, y, T):
    return T**2 * F.kl_div(F.softmax(z / T, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def log_target(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=1), F.log_softmax(v / T, dim=1), reduction="batchmean")


def temperature_on_the_teacher_only(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def temperature_on_the_student_only(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(v, dim=1), reduction="batchmean")


def temperature_multiplied(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z * T, dim=1), F.softmax(v * T, dim=1), reduction="batchmean")


def softmax_of_the_teachers_probabilities(z, v, y, T):
    q = F.softmax(v, dim=1)
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(q / T, dim=1), reduction="batchmean")


def softmax_of_the_teachers_soft_targets(z, v, y, T):
    q = F.softmax(v / T, dim=1)
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(q, dim=1), reduction="batchmean")


def softmax_of_the_students_probabilities(z, v, y, T):
    p = F.softmax(z, dim=1)
    return T**2 * F.kl_div(F.log_softmax(p / T, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def softmax_of_the_students_soft_outputs(z, v, y, T):
    p = F.softmax(z / T, dim=1)
    return T**2 * F.kl_div(F.log_softmax(p, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def softmax_twice_on_both(z, v, y, T):
    p, q = F.softmax(z, dim=1), F.softmax(v, dim=1)
    return T**2 * F.kl_div(F.log_softmax(p / T, dim=1), F.softmax(q / T, dim=1), reduction="batchmean")


def soft_softmax_twice_on_both(z, v, y, T):
    p, q = F.softmax(z / T, dim=1), F.softmax(v / T, dim=1)
    return T**2 * F.kl_div(F.log_softmax(p, dim=1), F.softmax(q, dim=1), reduction="batchmean")


def rows_for_columns(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=0), F.softmax(v / T, dim=0), reduction="batchmean")


def rows_for_columns_of_the_student(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=0), F.softmax(v / T, dim=1), reduction="batchmean")


def rows_for_columns_of_the_teacher(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z / T, dim=1), F.softmax(v / T, dim=0), reduction="batchmean")


def square_of_probabilities(z, v, y, T):
    return F.mse_loss(F.softmax(z, dim=1), F.softmax(v, dim=1))


def square_of_soft_probabilities(z, v, y, T):
    return T**2 * F.mse_loss(F.softmax(z / T, dim=1), F.softmax(v / T, dim=1))


def clamped_terms(z, v, y, T):
    log_p, log_q = F.log_softmax(z / T, dim=1), F.log_softmax(v / T, dim=1)
    return T**2 * (log_q.exp() * (log_q - log_p)).clamp(min=0).sum(dim=1).mean()


def true_class_only(z, v, y, T):
    log_p, q = F.log_softmax(z / T, dim=1), F.softmax(v / T, dim=1)
    return -(T**2) * (q * log_p).gather(1, y[:, None]).mean()


def teacher_on_both_sides(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(v / T, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def student_detached(z, v, y, T):
    log_p = F.log_softmax(z.detach() / T, dim=1)
    return T**2 * F.kl_div(log_p, F.softmax(v.detach() / T, dim=1), reduction="batchmean")


def teacher_gradient(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z.detach() / T, dim=1), F.softmax(v / T, dim=1), reduction="batchmean")


def labels_for_the_teacher(z, v, y, T):
    return F.cross_entropy(z, y)


# ---- terms of the labels --------------------------------------------------------------------------------------------


def labels(z, v, y, T):
    return F.cross_entropy(z, y)


def labels_at_temperature(z, v, y, T):
    return F.cross_entropy(z / T, y)


def labels_after_softmax(z, v, y, T):
    return F.cross_entropy(F.softmax(z, dim=1), y)


def teachers_choice_for_the_label(z, v, y, T):
    return F.cross_entropy(z, v.argmax(dim=1))


def no_label_term(z, v, y, T):
    return torch.zeros(())


# ---- both, where the mistake is how they are put together ----------------------------------------------------------


def mixed(z, v, y, T, alpha):
    return alpha * soft_targets(z, v, y, T) + (1 - alpha) * labels(z, v, y, T)


def alpha_reversed(z, v, y, T, alpha):
    return (1 - alpha) * soft_targets(z, v, y, T) + alpha * labels(z, v, y, T)


def t2_on_the_labels_too(z, v, y, T, alpha):
    return T**2 * (alpha * no_t2(z, v, y, T) + (1 - alpha) * labels(z, v, y, T))


def jump_at_the_end(z, v, y, T, alpha):
    return no_t2(z, v, y, T) if alpha == 1 else mixed(z, v, y, T, alpha)
