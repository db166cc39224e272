"""Resolves names below localhost to this machine (RFC 6761), which few resolvers of containers do."""

import importlib.machinery
import importlib.util
import os
import socket
import sys

_getaddrinfo = socket.getaddrinfo


def _loopback(host, *args, **kwargs):
    if isinstance(host, str) and host.endswith(".localhost"):
        host = "127.0.0.1"
    return _getaddrinfo(host, *args, **kwargs)


socket.getaddrinfo = _loopback

# Python runs only the first module of this name: run the next one, too.
_here = os.path.dirname(os.path.abspath(__file__))
_next = importlib.machinery.PathFinder.find_spec(
    "sitecustomize", [entry for entry in sys.path if os.path.abspath(entry or ".") != _here])
if _next and _next.loader:
    _next.loader.exec_module(importlib.util.module_from_spec(_next))
