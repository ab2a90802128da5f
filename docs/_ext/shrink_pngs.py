"""Shows the pictures of the outputs in 256 colours: a third of the bytes, and the eye sees no difference."""

import base64
import io
import re

from PIL import Image

PNG = re.compile(r"(data:image/png;base64,)([A-Za-z0-9+/=]+)")


def smaller(match):
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(base64.b64decode(match[2]))).convert("RGB")
    picture.quantize(256).save(out, "png", optimize=True)
    return match[1] + base64.b64encode(out.getvalue()).decode()


def shrink(app, docname, source):
    if docname.startswith("chapters/"):
        source[0] = PNG.sub(smaller, source[0])


def setup(app):
    app.connect("source-read", shrink)
    return {"parallel_read_safe": True}
