"""Tests of a critic that need no people: defects put in, keys that open judges, what flips it."""
