"""The same run: kdlib's `fit` against the plain loop, from one seed, draw for draw.

    python -m benchmarks.same_run [epochs]

Exits with 1 when the teacher's weights differ in a bit, a student's outputs by more than 1e-4 (float32) or 1e-9
(float64), or a printed loss in a digit.
"""

import sys

import torch

from tests.support.same_run import LIMITS, differences


def main(epochs=2000):
    torch.set_num_threads(1)
    print(f"\nkdlib.fit against the plain loop: seed 0, 200 rows, {epochs} epochs for each network")
    print(f"{'dtype':<9}{'target':<11}{'teacher weights':<17}{'student outputs':<26}printed losses")
    failed = False
    for dtype in LIMITS:
        for found in differences(dtype, epochs):
            weights = "identical" if found.teacher_identical else "DIFFER"
            losses = "DIFFER" if found.losses else "the same"
            outputs = f"differ by at most {found.outputs:.0e}"
            print(f"{str(dtype)[6:]:<9}{found.target:<11}{weights:<17}{outputs:<26}{losses}", flush=True)
            failed |= found.too_large
    print("NOT the same run" if failed else "the same run")
    return failed


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
