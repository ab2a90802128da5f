"""kdlib: the small library under the course on knowledge distillation.

Every public name is imported when it is first used, so that ``import kdlib`` costs next to nothing on top of torch.
"""

import importlib

__version__ = "0.1.0"

_HOME = {
    "people": ["People", "sample_people", "posterior", "encode", "Record"],
    "people_file": ["PeopleDataset", "PeopleFileError"],
    "models": ["MLP", "teacher_net", "student_net", "logits_of"],
    "objectives": ["HardLabels", "LogProbMatching", "LogitMatching", "SoftTargets", "Mixed"],
    "training": ["fit", "train", "History", "TrainingDiverged"],
    "cohort": ["train_cohort", "Cohort"],
    "sweeps": ["sweep"],
    "claims": ["claim", "ClaimFailed"],
    "metrics": ["accuracy"],
    "checkpoints": ["save_model", "load_model", "export_onnx", "CheckpointError"],
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = ["__version__", *_MODULE_OF]


def __getattr__(name: str):
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'kdlib' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kdlib.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
