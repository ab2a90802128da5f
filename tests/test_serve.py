"""The server of the book says nothing about readers that leave, and something about faults of its own."""

import socket
import urllib.request

import pytest

from docs import serve


@pytest.mark.parametrize(("fault", "said"), [(BrokenPipeError(), 0), (ConnectionResetError(), 0), (OSError(), 1)])
def test_a_connection_that_breaks_prints_no_traceback(tmp_path, monkeypatch, capfd, fault, said):
    def broken(handler):
        raise fault

    monkeypatch.setattr(serve.Quiet, "do_GET", broken)
    with serve.served(tmp_path) as address, pytest.raises((OSError, urllib.error.URLError)):
        urllib.request.urlopen(address, timeout=10)
    assert ("Traceback" in capfd.readouterr().err) == bool(said)


def test_the_server_goes_on_after_a_reader_that_left(tmp_path):
    (tmp_path / "page.html").write_text("there")
    with serve.served(tmp_path) as address:
        host, port = address.removeprefix("http://").rstrip("/").split(":")
        socket.create_connection((host, int(port))).close()
        assert urllib.request.urlopen(address + "page.html", timeout=10).read() == b"there"
