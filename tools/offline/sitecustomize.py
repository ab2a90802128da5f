"""Blocks the network, so that a test or a lesson that needs it fails at once and says so.

Python imports this file at start-up when its folder is on PYTHONPATH. Kernels and the processes
they start inherit that path, so they are blocked too. Loopback stays open: kernels talk over it.
"""

import ipaddress
import os
import socket

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime asks the network past Python, where the guards below are not


def _local(host, *, numeric_is_local):
    host = host.decode() if isinstance(host, bytes) else host
    if host in (None, "", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return numeric_is_local or address.is_loopback


def _guard_address(method, position):
    def guarded(self, *args):
        address = args[position]
        # Other families, such as unix sockets, never leave the machine.
        internet = self.family in (socket.AF_INET, socket.AF_INET6)
        if internet and not _local(address[0], numeric_is_local=False):
            raise OSError(f"the network is blocked: no connection to {address[0]}")
        return method(self, *args)

    return guarded


def _guard_lookup(function):
    def guarded(host, *args, **kwargs):
        # A numeric address needs no look-up, and connecting to it is blocked above.
        if not _local(host, numeric_is_local=True):
            raise OSError(f"the network is blocked: no look-up of {host}")
        return function(host, *args, **kwargs)

    return guarded


for _name, _position in {"connect": 0, "connect_ex": 0, "sendto": -1}.items():
    setattr(socket.socket, _name, _guard_address(getattr(socket.socket, _name), _position))
for _name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    setattr(socket, _name, _guard_lookup(getattr(socket, _name)))
