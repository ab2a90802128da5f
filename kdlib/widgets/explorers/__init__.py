"""Explorers: small pictures that answer at once, drawn in the browser from their state alone.

Each is an ES module that JupyterLab loads through anywidget and that a static page can run without a kernel. The
formulas in it repeat kdlib's; a test holds the two together. What ``repr`` says and the static twin draws is kdlib's.
"""
