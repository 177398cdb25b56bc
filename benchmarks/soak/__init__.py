"""The daemon for hours under a steady load and faults: what grows, what is lost, how a burst is taken.

Here and not among the tests, since it is a program with arguments, a report and an exit code, judged by strict types;
its miniature is `tests/faults/test_soak.py`.
"""
