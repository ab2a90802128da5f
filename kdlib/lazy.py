"""A package whose names are imported when they are first used, so that importing the package costs next to nothing."""

import importlib


def lazily(package: str, home: dict[str, list[str]]):
    """``__getattr__``, ``__dir__`` and the names of a package; ``home`` maps its modules to the names they hold."""
    module_of = {name: module for module, names in home.items() for name in names}

    def __getattr__(name: str):
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{module_of[name]}"), name)

    return __getattr__, lambda: sorted(module_of), list(module_of)
