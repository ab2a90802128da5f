"""kdlib: the small library under the course on knowledge distillation.

Every public name is imported when it is first used, so that ``import kdlib`` costs next to nothing on top of torch.
The names stand in ``__init__.pyi``, where editors and type checkers see them too.
"""

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
