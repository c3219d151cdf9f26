"""Checks of the addresses of schedulers and workers."""

import ipaddress
from urllib.parse import urlsplit

from onne_core.errors import OnneError


def refuse_open(address: str) -> None:
    """Refuse an address that is neither encrypted nor on this computer.

    Whoever reaches an open scheduler or worker runs programs as its owner.

    Raises
    ------
    OnneError
        If it is refused, or no address of Dask's.
    """
    problem = OnneError(
        f"{address}: not a scheduler address; write it like tls://host:8786."
    )
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise problem from error
    if parts.scheme not in ("tls", "tcp") or not parts.hostname:
        raise problem
    if parts.scheme == "tcp" and not is_loopback(parts.hostname):
        raise OnneError(
            f"{address}: not encrypted, so anyone on that network could run "
            "programs as you; use tls:// (see docs/cluster.md), or give "
            "--insecure."
        )


def host_and_port(address: str) -> tuple[str, int]:
    """Return host and port of an address.

    Raises
    ------
    ValueError
        If there is no port.
    """
    parts = urlsplit(address)
    if parts.hostname is None or parts.port is None:
        raise ValueError("the port is missing")
    return parts.hostname, parts.port


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this computer, not reachable from a network."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
