"""What every world deals out: rows with a class each."""

from torch import Tensor
from torch.utils.data import Dataset


class LabelledRows(Dataset):
    """Features ``x`` [n, d] and class indices ``y`` [n] int64 as a data set of pairs.

    Not used in a chapter by its name: people and digits are such rows.
    """

    def __init__(self, x: Tensor, y: Tensor):
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, row):
        return self.x[row], self.y[row]
