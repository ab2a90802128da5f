"""What a class can move: explorers answer in the browser, labs train students while the class watches.

Names are imported when first used, so that a lesson without widgets does not need the packages they stand on.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
