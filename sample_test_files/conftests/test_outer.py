"""Sees the conftest of its own folder only."""


def test_greeting(greeting):
    assert greeting == "hello from outer"
