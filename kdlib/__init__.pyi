# The public names and where they live: read by editors and type checkers, and by __init__.py when a name is first used.
from .checkpoints import (
    CheckpointError as CheckpointError,
    load_model as load_model,
    save_model as save_model,
)
from .claims import ClaimFailed as ClaimFailed, claim as claim
from .cohort import Cohort as Cohort, train_cohort as train_cohort
from .diagnosis import Diagnosis as Diagnosis, diagnose as diagnose
from .metrics import accuracy as accuracy
from .models import MLP as MLP, logits_of as logits_of, student_net as student_net, teacher_net as teacher_net
from .objectives import (
    HardLabels as HardLabels,
    LogitMatching as LogitMatching,
    LogProbMatching as LogProbMatching,
    Mixed as Mixed,
    ReverseKL as ReverseKL,
    SoftTargets as SoftTargets,
)
from .onnx_files import export_onnx as export_onnx, load_onnx as load_onnx, quantise_onnx as quantise_onnx
from .sweeps import sweep as sweep
from .teachers import ensemble as ensemble
from .training import History as History, TrainingDiverged as TrainingDiverged, fit as fit, train as train
from .worlds.digits import Digits as Digits, load_digits as load_digits, split_digits as split_digits
from .worlds.people import (
    People as People,
    Record as Record,
    census as census,
    encode as encode,
    posterior as posterior,
    sample_people as sample_people,
)
from .worlds.people_file import PeopleDataset as PeopleDataset, PeopleFileError as PeopleFileError

__version__: str
