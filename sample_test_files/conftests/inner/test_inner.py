"""Sees two conftests, of which the inner one extends the outer one."""


def test_greeting(greeting):
    assert greeting == "hello from outer and inner"
