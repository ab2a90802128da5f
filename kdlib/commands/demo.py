"""``python -m kdlib demo``: the original demo, or with ``--world digits`` a student that is shipped.

torch is imported only when it runs.
"""

import gc
from pathlib import Path

from kdlib.commands.options import integer, path, positive


def add_command(commands) -> None:
    """Add ``demo`` and its options to the command line."""
    demo = commands.add_parser("demo", help="train the original teacher and student and save the student")
    demo.add_argument(
        "--world", choices=["people", "digits"], default="people",
        help="people: the original demo. digits: a small student, its size, its time, ONNX",
    )  # fmt: skip
    demo.add_argument("--train", type=path, help="people file to train on (default: the course's own rows)")
    demo.add_argument("--test", type=path, help="people file to test on (default: the course's own rows)")
    demo.add_argument("--epochs", type=integer(1, 10**7), help="default: 2000; digits: 60")
    demo.add_argument("--lr", type=positive(1e38), help="step size, default: 0.005; digits: 0.05 and 0.2")
    demo.add_argument("--batch-size", type=integer(1, 10**9), help="default: 10; digits: 10 and 20")
    demo.add_argument("--seed", type=integer(0, 2**63 - 1), default=0, help="default: 0")
    demo.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    targets = ["log-probs", "logits", "soft-targets"]
    demo.add_argument("--student-target", choices=targets, help="default: log-probs; digits: soft-targets")
    demo.add_argument(
        "--engine", choices=["closed-form", "autograd"], default="closed-form", help="the same run, fast or by autograd"
    )
    demo.add_argument("--out", type=path, default=Path("demo-output"), help="folder for the networks and the picture")
    demo.add_argument("--json", type=path, help="file for losses and accuracies")
    demo.set_defaults(run=run)


def run(options) -> int:
    """Run it; the exit code is that of `kdlib.commands.original.run`."""
    gc.disable()  # or the collector walks torch again and again while it loads
    try:
        from kdlib.commands import original
    finally:
        gc.freeze()
        gc.enable()
    return original.run(options)
