# The public names and where they live; see kdlib/__init__.pyi.
from .bets.bets import Bet as Bet
from .bets.outcome import score as score
from .explorers.digit import DigitExplorer as DigitExplorer
from .explorers.gradient import GradientExplorer as GradientExplorer
from .explorers.person import PersonExplorer as PersonExplorer
from .explorers.temperature import TemperatureExplorer as TemperatureExplorer
from .explorers.words import WordsExplorer as WordsExplorer
from .lab.decision_map import DecisionMap as DecisionMap, map_picture as map_picture
from .lab.runs import finished as finished
from .lab.settings import Settings as Settings
from .lab.training_lab import TrainingLab as TrainingLab, curves_picture as curves_picture
