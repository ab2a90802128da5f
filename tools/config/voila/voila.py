"""`make app`: a chapter as a page without code. Voila finds this file through JUPYTER_CONFIG_PATH."""

c = get_config()  # noqa: F821 (Voila hands it in)

c.Voila.ip = "127.0.0.1"
c.VoilaConfiguration.template = "app"
c.VoilaConfiguration.theme = "light"
c.VoilaConfiguration.resources = {"metadata": {"name": "Playground"}}  # the page's title

# Left out before anything runs: what repeats a widget without a browser, tests it or proves it.
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"twin", "rehearsal", "claim"}

# One kernel waits with the chapter already run, so that the page opens at once; each browser gets its own.
c.VoilaConfiguration.preheat_kernel = True
# Pages that close end their kernel with a request that carries no cookie. Who sends it has to know the kernel's id.
c.Voila.tornado_settings = {"disable_check_xsrf": True}

# Whatever else is installed for JupyterLab has no business on this page.
c.VoilaConfiguration.extension_allowlist = [
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
]
