"""Containers reach this machine by the bridge's gateway, also where the engine has only just made the bridge."""

import pytest

from local.proof.engine import gateway


@pytest.mark.parametrize(
    ("addresses", "found"),
    [
        ('{"Subnet":"172.17.0.0/16"}', "172.17.0.1"),
        ('{"Subnet":"172.17.0.0/16","Gateway":""}', "172.17.0.1"),
        ('{"Subnet":"172.30.0.0/16","Gateway":"172.30.0.254"}', "172.30.0.254"),
    ],
)
def test_named_or_the_first_address_of_the_subnet(addresses: str, found: str) -> None:
    assert gateway(addresses) == found
