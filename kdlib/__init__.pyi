# The public names and where they live: read by editors and type checkers, and by __init__.py when a name is first used.
from .checkpoints import (
    CheckpointError as CheckpointError,
)
from .checkpoints import (
    export_onnx as export_onnx,
)
from .checkpoints import (
    load_model as load_model,
)
from .checkpoints import (
    save_model as save_model,
)
from .claims import ClaimFailed as ClaimFailed
from .claims import claim as claim
from .cohort import Cohort as Cohort
from .cohort import train_cohort as train_cohort
from .metrics import accuracy as accuracy
from .models import MLP as MLP
from .models import logits_of as logits_of
from .models import student_net as student_net
from .models import teacher_net as teacher_net
from .objectives import (
    HardLabels as HardLabels,
)
from .objectives import (
    LogitMatching as LogitMatching,
)
from .objectives import (
    LogProbMatching as LogProbMatching,
)
from .objectives import (
    Mixed as Mixed,
)
from .objectives import (
    SoftTargets as SoftTargets,
)
from .sweeps import sweep as sweep
from .training import History as History
from .training import TrainingDiverged as TrainingDiverged
from .training import fit as fit
from .training import train as train
from .worlds.people import (
    People as People,
)
from .worlds.people import (
    Record as Record,
)
from .worlds.people import (
    census as census,
)
from .worlds.people import (
    encode as encode,
)
from .worlds.people import (
    posterior as posterior,
)
from .worlds.people import (
    sample_people as sample_people,
)
from .worlds.people_file import PeopleDataset as PeopleDataset
from .worlds.people_file import PeopleFileError as PeopleFileError

__version__: str
