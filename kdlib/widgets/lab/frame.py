"""The frame of the labs: their look, the sentence they speak, and the line that stands in where there is no kernel."""

from html import escape

import anywidget
import ipywidgets as W

CSS = """
.kd-lab { border: 1px solid #c9d3dc; border-radius: 6px; padding: 12px 16px; background: #fff; color: #1b1f24; }
/* A lab is a light card in a dark JupyterLab, too: so are its controls and its code. */
.kd-lab { color-scheme: light; --jp-widgets-color: #1b1f24; --jp-widgets-label-color: #1b1f24;
  --jp-widgets-input-color: #1b1f24; --jp-widgets-input-background-color: #fff; --jp-ui-font-color1: #1b1f24;
  --jp-ui-inverse-font-color1: #fff; --jp-content-font-color1: #1b1f24; --jp-layout-color1: #fff;
  --jp-layout-color2: #eee; --jp-border-color1: #bdbdbd; --jp-brand-color1: #1976d2; }
.kd-lab .widget-label, .kd-lab label, .kd-lab p, .kd-lab .widget-html-content, .kd-lab pre { color: #1b1f24; }
.kd-lab .kd-group > .widget-html b { color: #004b7a; }
.kd-lab .kd-why { color: #5a4500; margin: 0; font-size: 90%; line-height: 1.4; }
.kd-lab .kd-row { flex-wrap: wrap; align-items: center; gap: 4px 8px; }
.kd-lab [role=status] { margin: 4px 0; padding: 4px 10px; border-left: 4px solid #0072b2; background: #eef5fa;
  line-height: 1.5; }
.kd-lab pre { background: #f6f8fa; padding: 8px; overflow-x: auto; line-height: 1.35; }
.kd-lab details { line-height: 1.6; }
.kd-lab :focus-visible { outline: 2px solid #d55e00; outline-offset: 1px; }
"""
# JupyterLab takes arrow keys and letters for itself unless the focused element carries this attribute.
ESM = """
function keepKeys({ target }) {
  if (target.closest?.(".kd-lab")) target.setAttribute("data-lm-suppress-shortcuts", "true");
}
export default {
  initialize() {
    document.addEventListener("focusin", keepKeys);
    return () => document.removeEventListener("focusin", keepKeys);
  },
  render() {},
};
"""


class LabStyle(anywidget.AnyWidget):
    """Shows nothing: it brings the labs' style sheet, and keeps the keys pressed in a lab from JupyterLab."""

    _css, _esm = CSS, ESM


class Lab(W.VBox):
    """A box of widgets with one spoken status sentence, ``spoken``, somewhere among them."""

    def __init__(self, children):
        super().__init__([LabStyle(layout=W.Layout(display="none")), *children])
        self.add_class("kd-lab")

    @property
    def status(self) -> str:
        """The sentence that stands in the widget, as HTML."""
        return self.spoken.value

    def _announce(self, words: str) -> None:
        self.spoken.value = f'<p role="status" aria-live="polite">{escape(words)}</p>'

    def _repr_mimebundle_(self, **kwargs):
        words = repr(self)
        live = "A live lab: run this cell in JupyterLab (<code>make course</code>)."
        html = f'<p class="kd-live">{live} {escape(words)}</p>'
        # ipywidgets cuts long texts off
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": words, "text/html": html}
