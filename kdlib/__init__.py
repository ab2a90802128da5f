"""kdlib: the small library under the course on knowledge distillation.

Every public name is imported when it is first used, so that ``import kdlib`` costs next to nothing on top of torch.
"""

from kdlib.lazy import lazily

__version__ = "0.1.0"

_HOME = {
    "worlds.people": ["People", "sample_people", "posterior", "encode", "Record"],
    "worlds.people_file": ["PeopleDataset", "PeopleFileError"],
    "models": ["MLP", "teacher_net", "student_net", "logits_of"],
    "objectives": ["HardLabels", "LogProbMatching", "LogitMatching", "SoftTargets", "Mixed"],
    "training": ["fit", "train", "History", "TrainingDiverged"],
    "cohort": ["train_cohort", "Cohort"],
    "sweeps": ["sweep"],
    "claims": ["claim", "ClaimFailed"],
    "metrics": ["accuracy"],
    "checkpoints": ["save_model", "load_model", "export_onnx", "CheckpointError"],
}
__getattr__, __dir__, __all__ = lazily(__name__, _HOME)
