"""The bank of mistakes: each known bug of a distillation loss or loop once, with where it was real. Chapter 10.

The threads are issues and pull requests of public projects. Where none is known, the entry says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kdlib.exercises import wrong_loops, wrong_losses

NOWHERE = "no public thread known"


@dataclass(frozen=True)
class Mistake:
    """One known mistake; its code stands in `wrong_losses` and `wrong_loops`. Chapter 10.

    ``soft`` and ``hard`` are forms of it as a term for the teacher and for the labels, (z, v, y, T) -> scalar;
    ``mixed`` are whole losses, (z, v, y, T, alpha) -> scalar; ``loops`` train a student.
    """

    name: str
    what: str
    where: str
    does: str
    caught_by: str
    soft: tuple[Callable, ...] = ()
    hard: tuple[Callable, ...] = ()
    mixed: tuple[Callable, ...] = ()
    loops: tuple[Callable, ...] = ()

    @property
    def told(self) -> str:
        """What a check says of it."""
        return f"{self.what} It {self.does}"

    def __str__(self) -> str:
        return f"{self.name}: {self.what} Seen in: {self.where}. It {self.does} Caught by: {self.caught_by}."


BANK = (
    Mistake(
        "no-t2", "The factor T**2 is missing.",
        "IntelLabs/distiller #122; keras-io #869 and #870",
        "makes the soft term T**2 times too weak, so that alpha means something else at every T.",
        "the soft gradient against T (p_T - q_T) / B",
        soft=(wrong_losses.no_t2,),
    ),
    Mistake(
        "t-once", "The factor is T where T**2 belongs.", NOWHERE,
        "makes the soft term T times too weak.",
        "the soft gradient against T (p_T - q_T) / B",
        soft=(wrong_losses.t_once,),
    ),
    Mistake(
        "t2-on-the-labels", "T**2 multiplies the term of the labels as well.", NOWHERE,
        "drowns the teacher: the labels weigh T**2 times what was meant.",
        "alpha = 0 must be cross-entropy, digit for digit",
        mixed=(wrong_losses.t2_on_the_labels_too,),
    ),
    Mistake(
        "wrong-sign", "A term has the wrong sign.", "Stanton et al. 2021 print KL with its sign turned",
        "drives the student away from what it should learn.",
        "the loss is never negative; a small step against the gradient comes closer to the teacher",
        soft=(wrong_losses.wrong_sign,),
    ),
    Mistake(
        "mean-reduction", 'The reduction is "mean", which divides by B * C; "batchmean" divides by B.',
        "haitongli/knowledge-distillation-pytorch #2 and #48; Tf-KD #5; deit #61 and #116; HikariTJU/LD #74",
        "makes the soft term C times too weak: by 3 here, by 1,000 on ImageNet.",
        "with a teacher that is sure and T = 1 the soft gradient is that of the labels",
        soft=(wrong_losses.mean_reduction,),
    ),
    Mistake(
        "sum-reduction", 'The reduction is "sum", which does not divide by the batch size.', NOWHERE,
        "makes the step grow with the batch, and the last, smaller batch of an epoch weigh less.",
        "the same rows twice leave the loss as it is",
        soft=(wrong_losses.sum_reduction,),
    ),
    Mistake(
        "reverse-kl", "The arguments are swapped: this is KL(p || q), the divergence the other way round.",
        "pytorch #57459; modelscope/twinkle #112; paiml/aprender #2153",
        "looks right by every rule of thumb; the student may leave out what the teacher thinks possible.",
        "one value or gradient worked out by hand",
        soft=(wrong_losses.reverse_kl,),
    ),
    Mistake(
        "probabilities-as-input", "`kl_div` is given the student's probabilities where it expects their logarithm.",
        "microsoft/ProDA #20 and #43; sebastian-hofstaetter/matchmaker #18; AberHu/Knowledge-Distillation-Zoo #12",
        "gives a loss below zero and drives every prediction into a corner; accuracy may even rise.",
        "the loss is never negative, and zero where the student agrees",
        soft=(wrong_losses.probabilities_as_input,),
    ),
    Mistake(
        "log-target", "The teacher's log-probabilities are the target, without `log_target=True`.",
        "nlp-with-transformers #94 proposes it as a cure",
        "has the value nan and finite gradients, so training goes on and goes wrong.",
        "the loss is finite",
        soft=(wrong_losses.log_target,),
    ),
    Mistake(
        "one-sided-temperature", "The temperature divides the logits of one side only.", NOWHERE,
        "asks for probabilities that are too flat or too sharp: no student that agrees is left alone.",
        "the gradient is zero where z = v",
        soft=(wrong_losses.temperature_on_the_teacher_only, wrong_losses.temperature_on_the_student_only),
    ),
    Mistake(
        "temperature-multiplied", "The logits are multiplied by T; they should be divided.", NOWHERE,
        "sharpens where it should soften: the doubts are gone.",
        "at a very high T all probabilities are near 1 / C",
        soft=(wrong_losses.temperature_multiplied,),
    ),
    Mistake(
        "double-softmax", "A softmax is taken of what is already probabilities.",
        "tensorflow_cookbook #86; tflearn #562; xMIL #7; haitongli/knowledge-distillation-pytorch #10 asks for it",
        "flattens everything: probabilities differ by at most 1, so their softmax is nearly uniform.",
        "the gradient is zero where z = v; a teacher's rows must not sum to 1",
        soft=(
            wrong_losses.softmax_of_the_teachers_probabilities, wrong_losses.softmax_of_the_teachers_soft_targets,
            wrong_losses.softmax_of_the_students_probabilities, wrong_losses.softmax_of_the_students_soft_outputs,
            wrong_losses.softmax_twice_on_both, wrong_losses.soft_softmax_twice_on_both,
        ),
        hard=(wrong_losses.labels_after_softmax,),
    ),
    Mistake(
        "wrong-axis", "The softmax runs over the rows of the batch where it should run over the classes.",
        "haitongli/knowledge-distillation-pytorch mnist/distill_mnist.py; ssd.pytorch #114",
        "makes people compete with each other: what one is taught depends on who else is in the batch.",
        "a row's gradient does not change with the other rows",
        soft=(
            wrong_losses.rows_for_columns, wrong_losses.rows_for_columns_of_the_student,
            wrong_losses.rows_for_columns_of_the_teacher,
        ),
    ),
    Mistake(
        "matches-probabilities", "The squares of differences of probabilities are minimised.",
        "KD_Lib, VanillaKD",
        "hardly moves a student that is sure and wrong: the gradient carries a factor p.",
        "the soft gradient against T (p_T - q_T) / B",
        soft=(wrong_losses.square_of_probabilities, wrong_losses.square_of_soft_probabilities),
    ),
    Mistake(
        "clamped-terms", "Each term of the sum over the classes is cut off below zero.", "TRL #5990",
        "forgets the classes where the student is above its teacher.",
        "the gradients of a row sum to zero",
        soft=(wrong_losses.clamped_terms,),
    ),
    Mistake(
        "true-class-only", "Only the teacher's probability of the true class is used.", NOWHERE,
        "throws away which other class is nearer; what is left is a weight for each row.",
        "a wrong class where p < q is pushed up",
        soft=(wrong_losses.true_class_only,),
    ),
    Mistake(
        "labels-at-temperature", "The term of the labels divides its logits by T as well.", NOWHERE,
        "weakens the labels and asks for logits T times as large.",
        "alpha = 0 must be cross-entropy, digit for digit",
        hard=(wrong_losses.labels_at_temperature,),
    ),
    Mistake(
        "ignores-labels", "The labels play no part.", NOWHERE,
        "leaves the student with its teacher's errors and nothing to correct them.",
        "other labels give another loss",
        hard=(wrong_losses.no_label_term, wrong_losses.teachers_choice_for_the_label),
    ),
    Mistake(
        "ignores-teacher", "The teacher plays no part: the labels stand in its place.", "LeakPro #440",
        "is training on labels, under another name.",
        "a teacher that always says the same makes a student that does",
        soft=(wrong_losses.labels_for_the_teacher,),
    ),
    Mistake(
        "teacher-on-both-sides", "The teacher is compared with itself.", "labml.ai #66",
        "has the value 0 and no gradient: only the labels are learned.",
        "the gradient is not zero where z and v differ",
        soft=(wrong_losses.teacher_on_both_sides,), loops=(wrong_loops.teacher_on_both_sides,),
    ),
    Mistake(
        "student-detached", "The student's outputs are cut off from its weights.",
        "Tencent/YOLO-Master #240; Syencil/mobile-yolov5 #83",
        "changes nothing in the student.",
        "the student's weights move",
        soft=(wrong_losses.student_detached,), loops=(wrong_loops.student_without_gradient,),
    ),
    Mistake(
        "teacher-gradient", "Gradients flow into the teacher.",
        "KD_Lib, _train_student; lightly-train #434; mmrazor #100; haitongli/knowledge-distillation-pytorch #25",
        "costs time and memory, and moves the teacher as soon as an optimizer holds it.",
        "the teacher's .grad stays None",
        soft=(wrong_losses.teacher_gradient,), loops=(wrong_loops.teacher_with_gradient,),
    ),
    Mistake(
        "alpha-reversed", "alpha weighs the labels; here it is to weigh the soft term.",
        "no standard: the soft term in haitongli, deit and NeMo; the labels in torchdistill and Keras",
        "gives .9 to what should get .1.",
        "alpha = 0 and alpha = 1 are the pure losses",
        mixed=(wrong_losses.alpha_reversed,),
    ),
    Mistake(
        "jump-at-the-end", "At alpha = 1 another formula takes over, without T**2.",
        "torchdistill KDLoss; TRL #3043; ms-swift #10078",
        "multiplies the step by 1 / T**2 at one end of a sweep.",
        "alpha = 0.999999 and alpha = 1 give nearly the same",
        mixed=(wrong_losses.jump_at_the_end,),
    ),
    Mistake(
        "cached-outputs", "The teacher's outputs are stored batch by batch, and the rows are shuffled afterwards.",
        "haitongli/knowledge-distillation-pytorch #4, #23, #16 and #17",
        "pairs each row with the opinion about another one: students near chance.",
        "the stored outputs are as accurate on the labels as the teacher",
        loops=(wrong_loops.cached_outputs,),
    ),
    Mistake(
        "teacher-in-train-mode", "The teacher is not in eval mode, so its dropout and batch norm are alive.",
        "vrvlive/knowledge-distillation #2; Sharpiless/yolov5-kd #5; sparseml #2191",
        "makes another teacher of every call.",
        "the teacher says the same twice, and its buffers stay",
        loops=(wrong_loops.teacher_in_train_mode,),
    ),
    Mistake(
        "eval-never-undone", "A look at the accuracy leaves the student in eval mode.",
        "KD_Lib, base_class._train_student",
        "trains without dropout and with frozen batch norm from the second epoch on.",
        "the student is in train mode at the start of every epoch",
        loops=(wrong_loops.eval_never_undone,),
    ),
    Mistake(
        "teacher-trained-too", "The optimizer holds the teacher's weights as well.", NOWHERE,
        "moves the teacher towards its student: both agree, and both forget.",
        "the teacher's weights stay as they were",
        loops=(wrong_loops.teacher_trained_too,),
    ),
    Mistake(
        "teacher-and-student-swapped", "Teacher and student have changed places.", "keras-io #242",
        "trains the large network and leaves the student as it was.",
        "the student's weights move, the teacher's stay",
        loops=(wrong_loops.teacher_and_student_swapped,),
    ),
    Mistake(
        "gradients-pile-up", "The gradients of the last step are never cleared.", NOWHERE,
        "adds all old gradients to each new one: the step grows until training breaks.",
        "two steps by hand",
        loops=(wrong_loops.gradients_pile_up,),
    ),
    Mistake(
        "rows-and-labels-apart", "The rows are shuffled and their labels are not.", NOWHERE,
        "teaches labels at random; the teacher's share hides it.",
        "a student taught by labels alone gets better",
        loops=(wrong_loops.rows_and_labels_apart,),
    ),
    Mistake(
        "one-batch-an-epoch", "Each epoch sees one batch and stops.", NOWHERE,
        "trains far less than it says.",
        "every row is seen once an epoch",
        loops=(wrong_loops.one_batch_an_epoch,),
    ),
)  # fmt: skip
KNOWN = {mistake.name: mistake for mistake in BANK}
