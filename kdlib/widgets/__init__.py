"""What a class can move: explorers answer in the browser, labs train in the kernel. Chapters 01 to 07.

Names are imported when first used, so that a lesson without widgets does not need the packages they stand on.
"""

import importlib

_HOME = {
    "explorers": ["GradientExplorer", "TemperatureExplorer", "PersonExplorer"],
    "labs": ["TrainingLab"],
    "maps": ["DecisionMap"],
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [*_MODULE_OF]


def __getattr__(name: str):
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'kdlib.widgets' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kdlib.widgets.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
