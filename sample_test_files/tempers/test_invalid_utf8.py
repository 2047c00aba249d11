"""Prints bytes that are not UTF-8, and half a character in a message."""

import os


def test_bytes():
    os.write(1, b"caf\xe9 \xff\x00 \xf0\x9f\x98\x80\n")


def test_surrogate():
    print("half a character: \udc80")
    assert "\udc80" == "whole"
