"""What a class can move: explorers answer in the browser, labs train in the kernel. Chapters 01 to 07.

Names are imported when first used, so that a lesson without widgets does not need the packages they stand on.
"""

from kdlib.lazy import lazily

_HOME = {
    "explorers.gradient": ["GradientExplorer"],
    "explorers.temperature": ["TemperatureExplorer"],
    "explorers.person": ["PersonExplorer"],
    "lab.training_lab": ["TrainingLab", "curves_picture"],
    "lab.settings": ["Settings"],
    "lab.runs": ["finished"],
    "lab.decision_map": ["DecisionMap", "map_picture"],
}
__getattr__, __dir__, __all__ = lazily(__name__, _HOME)
