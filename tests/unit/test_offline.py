"""The suite cannot leave the machine it runs on."""

from __future__ import annotations

import os
import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_connection_to_another_machine_is_refused(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family) as way_out,
        pytest.raises(RuntimeError, match="stay on this machine"),
    ):
        way_out.connect((host, 80))


@pytest.mark.parametrize("host", ["example.invalid", b"example.invalid"])
def test_the_name_of_another_machine_is_not_looked_up(host):
    with pytest.raises(RuntimeError, match="stay on this machine"):
        socket.getaddrinfo(host, 80)


def test_loopback_stays_open():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            client.sendall(b"x")
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b"x"


def test_the_model_hub_is_off_and_threads_do_not_spin():
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]) == ("1", "PASSIVE")
