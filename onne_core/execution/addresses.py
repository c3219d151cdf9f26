"""Addresses of schedulers and workers: which of them may be used."""

import ipaddress
from urllib.parse import urlsplit

from onne_core.errors import OnneError


def refuse_open(address: str) -> None:
    """Refuse an address that is neither encrypted nor on this machine.

    Whoever reaches an open scheduler or worker runs programs as its owner.

    Raises
    ------
    OnneError
        If it is refused, or no address of Dask's.
    """
    problem = OnneError(
        f"{address}: no address of a scheduler; write it as in tls://host:8786."
    )
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise problem from error
    if parts.scheme not in ("tls", "tcp") or not parts.hostname:
        raise problem
    if parts.scheme == "tcp" and not is_loopback(parts.hostname):
        raise OnneError(
            f"{address}: not encrypted, so anybody in that network could run programs "
            "as you; use tls:// (docs/cluster.md says how), or give --insecure."
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
    """Whether ``host`` is this machine and reached by no network."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
