"""What is said at the start when a class is served, and the addresses that it says."""

import io
import socket
from ipaddress import ip_address

import segno

from diffusion.support import addresses
from diffusion.support.addresses import machine_addresses
from diffusion.ui.classroom.announcement import announcement
from diffusion.ui.words.classroom import UNREACHED


def test_it_names_every_address_and_draws_the_first_as_a_code():
    said = announcement(["192.168.1.20", "10.0.0.7"], 7861, "utf-8")
    assert "http://192.168.1.20:7861 or http://10.0.0.7:7861" in said and "/class" in said
    drawn = io.StringIO()
    segno.make_qr("http://192.168.1.20:7861").terminal(drawn, compact=True)
    assert said.endswith(drawn.getvalue())


def test_a_terminal_without_blocks_gets_the_addresses_alone():
    said = announcement(["192.168.1.20"], 7860, "ascii")
    said.encode("ascii")
    assert "http://192.168.1.20:7860" in said


def test_in_no_network_it_says_so():
    assert announcement([], 7860, "utf-8") == f"{UNREACHED}\n"


def test_the_addresses_of_this_machine_are_its_own_and_none_is_a_loopback():
    for address in machine_addresses():
        assert not ip_address(address).is_loopback
        with socket.socket() as own:
            own.bind((address, 0))   # only an address of this machine can be bound


def test_a_machine_without_a_network_has_none(monkeypatch):
    def unreachable(*about):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(addresses.socket.socket, "connect", unreachable)
    monkeypatch.setattr(addresses.socket, "getaddrinfo", unreachable)
    assert machine_addresses() == []
