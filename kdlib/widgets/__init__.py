"""What a class can move: explorers answer in the browser, labs train in the kernel. Chapters 01 to 07.

Names are imported when first used, so that a lesson without widgets does not need the packages they stand on.
"""

from kdlib.lazy import lazily

_HOME = {
    "explorers": ["GradientExplorer", "TemperatureExplorer", "PersonExplorer"],
    "labs": ["TrainingLab"],
    "lab_settings": ["Settings"],
    "lab_runs": ["finished"],
    "maps": ["DecisionMap"],
}
__getattr__, __dir__, __all__ = lazily(__name__, _HOME)
