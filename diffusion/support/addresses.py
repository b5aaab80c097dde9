"""By which addresses other machines reach this one."""

import socket
from contextlib import suppress
from ipaddress import ip_address

ELSEWHERE = ("192.0.2.1", 9)   # an address that is nobody's: nothing is sent, but it shows which way would be taken


def machine_addresses() -> list[str]:
    """The numbers of this machine in its networks, the one on the way out first; none where it is in no network."""
    found = [*_way_out(), *_by_name()]
    return [address for address in dict.fromkeys(found) if _leads_here_from_elsewhere(address)]


def _way_out() -> list[str]:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(ELSEWHERE)
        return [probe.getsockname()[0]]
    return []


def _by_name() -> list[str]:
    with suppress(OSError):
        return [found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return []


def _leads_here_from_elsewhere(address: str) -> bool:
    number = ip_address(address)
    return not (number.is_loopback or number.is_link_local or number.is_unspecified)
