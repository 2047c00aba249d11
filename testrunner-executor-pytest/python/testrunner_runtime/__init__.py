"""What TestRunner runs inside Python: the zygote, the keepers, the children that are pytest, and its plugin.

Only the standard library, and nothing newer than Python 3.8.
"""
