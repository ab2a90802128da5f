"""The stored notebooks are in order, and the tool that says so finds what is wrong."""

import itertools
import socket

import nbformat
import pytest

from tools import notebooks
from tools.notebook_problems import WIDGET_VIEW

SOURCE = """# %% [markdown]
# # A tiny chapter
# *Reading: to be measured. Running: to be measured.*

# %%
x = 1 + 1
x

# %% tags=["raises-exception"]
1 / 0
"""
PIXEL = "iVBORw0KGgo="
BLOCKED = "the network is blocked"


@pytest.mark.parametrize("name", notebooks.names())
def test_chapter_is_in_order(name):
    assert notebooks.check(name) == []


@pytest.mark.parametrize(("name", "following"), [*itertools.pairwise(notebooks.names())])
def test_a_chapter_ends_with_a_link_to_the_next(name, following):
    last = nbformat.read(notebooks.NOTEBOOKS / f"{name}.ipynb", 4).cells[-1].source
    assert f"]({following}.ipynb)" in last.splitlines()[-1]


@pytest.mark.parametrize("name", notebooks.names())
def test_a_chapter_leaves_no_folder_behind(name):
    assert "mkdtemp" not in (notebooks.NOTEBOOKS / "source" / f"{name}.py").read_text(encoding="utf-8")


@pytest.fixture
def tiny(tmp_path):
    """A function that writes a chapter from its source, and the folder it is in."""
    (tmp_path / "source").mkdir()

    def write(source):
        (tmp_path / "source" / "tiny.py").write_text(source, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The tiny chapter, executed once for all tests that only change a copy of it."""
    folder = tmp_path_factory.mktemp("executed")
    (folder / "source").mkdir()
    (folder / "source" / "tiny.py").write_text(SOURCE, encoding="utf-8")
    notebooks.execute("tiny", folder)
    return (folder / "source" / "tiny.py").read_text(encoding="utf-8"), (folder / "tiny.ipynb").read_text()


@pytest.fixture
def edit(executed, tiny):
    """Apply a change to the executed chapter and return what the check says then."""

    def change(function):
        folder = tiny(executed[0])
        notebook = nbformat.reads(executed[1], as_version=4)
        function(notebook)
        nbformat.write(notebook, folder / "tiny.ipynb")
        return notebooks.check("tiny", folder)

    return change


def test_an_executed_chapter_passes_and_states_its_times(edit, executed):
    assert edit(lambda notebook: None) == []
    assert "*Reading: about 1 minute. Running: under 5 seconds on two cores.*" in executed[0]


def test_a_stored_notebook_does_not_depend_on_the_machine(executed):
    notebook = nbformat.reads(executed[1], as_version=4)
    assert notebook.metadata == notebooks.METADATA
    assert all("execution" not in cell.metadata for cell in notebook.cells)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda nb: nb.cells[1].update(source="x = 3"), "out of step"),
        (lambda nb: nb.cells[1].update(execution_count=None), "cell 1 was not executed"),
        (lambda nb: nb.cells[1].update(execution_count=7), "in order"),
        (lambda nb: nb.cells[2].metadata.pop("tags"), "cell 2 failed: ZeroDivisionError"),
        (lambda nb: nb.cells[1].update(source="x = 1\n" * 26), "cell 1 has 26 lines"),
        (lambda nb: nb.cells[1].update(source="x = 1\n" * 12), "median cell has 6.5 lines"),
        (lambda nb: nb.cells[1].metadata.update(jupyter={"source_hidden": True}), "out of step"),
        (lambda nb: nb.metadata.update(widgets={}), "widget state"),
        (lambda nb: nb.cells[1].outputs[0].data.update({WIDGET_VIEW: {}}), "cell 1 stores a widget view"),
        (lambda nb: nb.cells[1].outputs.append(_stream("stderr")), "cell 1 wrote to stderr: careful"),
        (lambda nb: nb.cells[1].outputs.append(_shown(image=PIXEL)), "cell 1 has an image without alt"),
        (lambda nb: nb.cells[1].outputs.append(_shown(html="<img src=x alt=''>")), "cell 1 has an image"),
        (lambda nb: nb.cells[0].update(source="![ ](plot.png)"), "cell 0 has an image without alt"),
    ],
)
def test_a_flaw_is_found(edit, function, message):
    assert any(message in problem for problem in edit(function))


def test_images_with_alt_text_pass(edit):
    def add(notebook):
        notebook.cells[1].outputs += [
            _shown(image=PIXEL, html='<img src="data:image/png;base64,AA==" alt="a rising line">')
        ]

    assert edit(add) == []


def test_a_missing_half_is_found(tiny):
    folder = tiny(SOURCE)
    assert notebooks.names(folder) == ["tiny"]
    assert notebooks.check("tiny", folder) == ["tiny.ipynb is missing"]


def test_sync_keeps_ids_and_outputs_but_no_output_of_changed_code(tiny, executed):
    folder = tiny(executed[0].replace("x = 1 + 1", "x = 1 + 2"))
    (folder / "tiny.ipynb").write_text(executed[1])
    before, after = nbformat.reads(executed[1], as_version=4), notebooks.sync("tiny", folder)
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert after.cells[1].outputs == []
    assert after.cells[2].outputs == before.cells[2].outputs


def test_metadata_of_cells_is_that_of_the_source(tiny, executed):
    folder = tiny(
        executed[0].replace('tags=["raises-exception"]', 'tags=["rehearsal"] jupyter={"source_hidden": true}')
    )
    saved = nbformat.reads(executed[1], as_version=4)
    saved.cells[1].metadata.update(collapsed=True, scrolled=True, tags=["old"])
    nbformat.write(saved, folder / "tiny.ipynb")
    cells = notebooks.sync("tiny", folder).cells
    assert cells[1].metadata == {}
    assert cells[2].metadata == {"tags": ["rehearsal"], "jupyter": {"source_hidden": True}}
    assert not any("out of step" in problem for problem in notebooks.check("tiny", folder))


def test_a_hidden_rehearsal_takes_no_reading_time(tiny):
    lines = "\n".join(f"x{k} = {k}" for k in range(20))
    hidden = f'# %% tags=["rehearsal"]\n{lines}'
    folder = tiny(f"# %% [markdown]\n# *Reading: . Running: .*\n\n# %%\n{lines}\n\n{hidden}\n")
    assert "Reading: about 1 minute." in notebooks.sync("tiny", folder).cells[0].source


def test_a_stored_widget_leaves_its_words_and_no_dead_view(tiny):
    folder = tiny("""# %% [markdown]
# *Reading: . Running: .*

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
import ipywidgets
ipywidgets.IntSlider(3)

# %%
display({"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}, raw=True)
""")
    notebooks.execute("tiny", folder)
    cells = nbformat.read(folder / "tiny.ipynb", as_version=4).cells
    assert cells[1].outputs[0].data == {"text/plain": "IntSlider(value=3)"}
    assert cells[1].metadata == {"tags": ["rehearsal"], "jupyter": {"source_hidden": True}}
    # A view with nothing beside it stays, and is found: dropping it would leave an empty output.
    assert [*cells[2].outputs[0].data] == [WIDGET_VIEW]
    (problem,) = notebooks.check("tiny", folder)
    assert "cell 2 stores a widget view" in problem


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; print('careful', file=sys.stderr)", "cell 1 wrote to stderr: careful"),
        ("import sys; print(sys.prefix)", "cell 1 shows a path of this machine"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_execute_refuses_stray_outputs_and_stores_nothing(tiny, code, message):
    folder = tiny(f"# %% [markdown]\n# *Reading: . Running: .*\n\n# %%\n{code}\n")
    with pytest.raises(notebooks.NotebookError, match=message):
        notebooks.execute("tiny", folder)
    assert nbformat.read(folder / "tiny.ipynb", as_version=4).cells[1].outputs == []


@pytest.mark.parametrize(
    ("stated", "measured", "kept"), [(10, 9, "10"), (10, 5.5, "10"), (10, 4, "5"), (10, 10.1, "15")]
)
def test_the_stated_seconds_stay_true_and_change_rarely(stated, measured, kept):
    script = f"# %% [markdown]\n# *Reading: about 1 minute. Running: under {stated} seconds on two cores.*\n"
    assert f"under {kept} seconds" in notebooks._with_times(script, notebooks._read_source(script), measured)


@pytest.mark.parametrize(("worked", "stated"), [(12, "15"), (0, "100")])
def test_what_a_chapter_computed_counts_and_not_how_long_a_busy_machine_let_it_wait(tiny, monkeypatch, worked, stated):
    clock = iter([(1000.0, 50.0), (1100.0, 50.0 + worked)])  # on a system that counts no children both are 0
    monkeypatch.setattr(notebooks, "_clock", lambda: next(clock))
    folder = tiny("# %% [markdown]\n# *Reading: . Running: .*\n\n# %%\n1\n")
    notebooks.execute("tiny", folder)
    assert f"under {stated} seconds" in (folder / "source" / "tiny.py").read_text()


def test_kernels_and_their_children_reach_loopback_but_no_network(tiny):
    folder = tiny("""# %% [markdown]
# *Reading: . Running: .*

# %%
import socket, subprocess, sys
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), timeout=5).close()
for address in ["192.0.2.1", "2001:db8::1", "example.org"]:
    try:
        socket.create_connection((address, 80), timeout=5)
    except OSError as error:
        print(error)

# %%
code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"
print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr.splitlines()[-1])
""")
    notebooks.execute("tiny", folder)
    cells = nbformat.read(folder / "tiny.ipynb", as_version=4).cells
    assert cells[1].outputs[0].text.count(BLOCKED) == 3
    assert BLOCKED in cells[2].outputs[0].text


def test_unit_tests_reach_no_network():
    with pytest.raises(OSError, match=BLOCKED):
        socket.create_connection(("192.0.2.1", 80), timeout=5)
    with pytest.raises(OSError, match=BLOCKED):
        socket.gethostbyname("example.org")
    with socket.socket(type=socket.SOCK_DGRAM) as datagram, pytest.raises(OSError, match=BLOCKED):
        datagram.sendto(b"", ("192.0.2.1", 53))


def _stream(name):
    return nbformat.v4.new_output("stream", name=name, text="careful\n")


def _shown(image=None, html=None):
    data = {"image/png": image, "text/html": html}
    return nbformat.v4.new_output("display_data", {mime: value for mime, value in data.items() if value})
