"""kdlib: the small library under the course on knowledge distillation.

Every public name is imported when it is first used, so that ``import kdlib`` costs next to nothing on top of torch.
The names stand in ``__init__.pyi``, where editors and type checkers see them too.
"""

import os

import lazy_loader

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # onnxruntime would look up a host as soon as it is imported

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
