"""Starts the page: a Streamlit server on this machine, which tells nobody that it runs."""

from __future__ import annotations

import importlib.util
import ipaddress
import socket
import subprocess
import sys
from pathlib import Path

from flexsim.errors import ScenarioError, WorkplaceError
from flexsim.scenario.names import shown

HOST, PORT = "127.0.0.1", 8501
PAGE = Path(__file__).with_name("page.py")
_SETTINGS = {
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "2",  # megabytes
    "server.showEmailPrompt": "false",
    "theme.base": "light",
    "theme.primaryColor": "#004f80",
}


def serve(host: str = HOST, port: int = PORT, browser: bool = True) -> int:
    """Serve the page until it is stopped.

    Parameters
    ----------
    host : str
        Address to listen at; anything but this machine's own lets others in.
    port : int
    browser : bool
        Open the page in a browser.

    Returns
    -------
    int
        Exit code of the server.

    Raises
    ------
    WorkplaceError
        If Streamlit is not installed, or the port is taken.
    ScenarioError
        If the host or the port is none.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise WorkplaceError("the page needs Streamlit: pip install 'flexsim[app]'")
    check_free(host, port)
    server = subprocess.Popen(command(host, port, browser))
    try:
        return server.wait()
    finally:
        server.terminate()
        server.wait()


def command(host: str, port: int, browser: bool) -> list[str]:
    """The command that starts Streamlit."""
    settings = _SETTINGS | {
        "server.address": host,
        "server.port": str(port),
        "server.headless": str(not browser).lower(),
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "streamlit", "run", str(PAGE), *options]


def check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be listened at, before anything starts."""
    if not 1 <= port <= 65_535:
        raise ScenarioError(f"--port must be between 1 and 65535 (got {port})")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise ScenarioError(f"--host: {shown(host)} is no address of this machine") from None
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            reason = error.strerror or error
            raise WorkplaceError(
                f"cannot listen at {shown(host)}, port {port}: {reason}; choose another --port"
            ) from None


def is_own(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
