"""Imports the code under test relative to its own place."""

from ..shapes import area
from . import __name__ as here


def test_area():
    assert area(3, 4) == 12


def test_package():
    assert here == "package.tests"
