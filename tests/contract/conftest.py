"""Servers that are made once."""

from tests.opcua_server import opcua_server

__all__ = ["opcua_server"]
