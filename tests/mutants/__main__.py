"""`python -m tests.mutants`: take out every check of who may do or see what; who notices?"""

import sys

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main(["tests/mutants/taking_out.py", "-n", "0", "-q", *sys.argv[1:]]))
