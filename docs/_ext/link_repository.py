"""Shows the repository and a Binder button as soon as the setting ``repository`` holds an address."""

from urllib.parse import quote, urlsplit

HOSTS = {"github.com": "gh", "gitlab.com": "gl"}


def show(app, config):
    if config.repository:
        config.html_theme_options |= {"repository_url": config.repository, "use_repository_button": True}


def binder(repository, docname):
    """The address that opens a chapter's notebook on Binder."""
    parts = urlsplit(repository)
    project = quote(parts.path.strip("/").removesuffix(".git"), safe="/" if parts.netloc == "github.com" else "")
    notebook = f"notebooks/{docname.removeprefix('chapters/')}.ipynb"
    return f"https://mybinder.org/v2/{HOSTS[parts.netloc]}/{project}/HEAD?urlpath=lab/tree/{notebook}"


def add_button(app, pagename, templatename, context, doctree):
    repository = app.config.repository
    if urlsplit(repository).netloc in HOSTS and pagename.startswith("chapters/"):
        context["header_buttons"].append(
            {
                "type": "link",
                "text": "Binder",
                "tooltip": "Run this chapter on Binder",
                "icon": "fas fa-rocket",
                "url": binder(repository, pagename),
                "label": "binder-button",
            }
        )


def setup(app):
    app.add_config_value("repository", "", "html")
    app.connect("config-inited", show)
    # Right after the theme has made its list of buttons.
    app.connect("html-page-context", add_button, priority=501)
    return {"parallel_read_safe": True}
