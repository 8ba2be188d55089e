"""The files whose tests take longest, the longest first: begun first, they do not keep one worker waiting at the end.

What comes before what is from measuring (`--durations=0`), in seconds of a processor; half a minute more or less does
not matter. Files that are not named come after them, in random order.
"""

LONGEST = (
    "acceptance/test_demonstration.py",
    "acceptance/test_interrupted.py",
)


def rank(file: str) -> int:
    """The place of a test file, named from the folder of the tests, among all that are to be run."""
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)
