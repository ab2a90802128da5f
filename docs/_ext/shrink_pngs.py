"""Pictures that were stored before `kdlib.canvas` drew them for phones: fewer bytes, and text of at least 9 px."""

import base64
import io
import re

from PIL import Image

OLD = "max-width:100%;height:auto;background:#fff"
PNG = re.compile(rf"(style=\\?\")({OLD})(\\?\" src=\\?\"data:image/png;base64,)([A-Za-z0-9+/=]+)")
TEXT = 13.75  # px: a legend of 9 points at 110 px per inch


def smaller(match):
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(base64.b64decode(match[4]))).convert("RGB")
    picture.quantize(256).save(out, "png", optimize=True)
    quote = match[1].removeprefix("style=")
    style = f"data-kd-text={quote}{TEXT}{quote} {match[1]}{match[2]};min-width:{picture.width * 9 / TEXT:.0f}px"
    return style + match[3] + base64.b64encode(out.getvalue()).decode()


def shrink(app, docname, source):
    if docname.startswith("chapters/"):
        source[0] = PNG.sub(smaller, source[0])


def setup(app):
    app.connect("source-read", shrink)
    return {"parallel_read_safe": True}
