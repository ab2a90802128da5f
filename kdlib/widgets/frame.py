"""The frame of the widgets: checked settings, and what stands in where there is no kernel."""

import json
from html import escape
from pathlib import Path

import anywidget
import traitlets

from kdlib.widgets.explorers.settings import Setting
from kdlib.worlds.people import POLITICS

CSS = Path(__file__).parent / "page" / "widgets.css"


class Widget(anywidget.AnyWidget):
    """What all widgets share: the style, checked settings, and the words that stand in where there is no kernel.

    ``kind`` is the name by which a page without a kernel finds the widget's module; ``saved`` is all it needs.
    """

    kind = ""
    constant: tuple[str, ...] = ()  # what else it reads, and never changes
    _css = CSS.read_text(encoding="utf-8")
    classes = traitlets.List(traitlets.Unicode(), default_value=list(POLITICS), read_only=True).tag(sync=True)

    def __init__(self, **settings):
        known = self._settings()
        unknown = sorted(set(settings) - {*known, "layout"})
        if unknown:
            raise ValueError(f"{type(self).__name__} has no setting {unknown[0]!r}; it has {', '.join(known)}")
        super().__init__(**settings)

    @classmethod
    def _settings(cls) -> list[str]:
        return [name for name, trait in cls.class_traits().items() if isinstance(trait, Setting)]

    def saved(self) -> dict:
        """The classes and every setting, by name: what the browser draws from."""
        return {name: getattr(self, name) for name in ("classes", *self.constant, *self._settings())}

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        state = escape(json.dumps(self.saved(), allow_nan=False), quote=True)
        html = (
            f'<div class="kd-static" data-kd-explorer="{self.kind}" data-kd-state="{state}">'
            f"<p>Run this cell in JupyterLab to move it: {escape(repr(self))}</p></div>"
        )
        return {**data, "text/plain": repr(self), "text/html": html}, metadata  # anywidget cuts long texts off


class Control:
    """A setting as ipywidgets' controls have it: its ``value``, and whether it is ``disabled`` as it does not count."""

    def __init__(self, widget, name: str):
        self._widget, self._name = widget, name

    @property
    def value(self):
        return getattr(self._widget, self._name)

    @value.setter
    def value(self, value):
        setattr(self._widget, self._name, value)

    @property
    def disabled(self) -> bool:
        return not self._widget.uses_setting(self._name)
