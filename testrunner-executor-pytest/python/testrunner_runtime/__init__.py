"""What TestRunner runs inside Python: the keeper of a test file, the child that is pytest, and its plugin.

Only the standard library, and nothing newer than Python 3.8.
"""
