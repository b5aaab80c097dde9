"""Values that a page fetches by itself."""

import pytest

from diffusion.serving.fetched.large_values import MOST_KEPT, LargeValues
from diffusion.support.checks import InputError


def test_each_value_has_a_key_of_its_own():
    values = LargeValues()
    keys = [values.keep(text) for text in ("a", "a", "“b”")]
    assert [values.get(key).decode() for key in keys] == ["a", "a", "“b”"]
    assert len(set(keys)) == 3 and all(len(key) >= 32 for key in keys)


def test_the_newest_are_kept():
    values = LargeValues()
    keys = [values.keep(str(k)) for k in range(MOST_KEPT + 1)]
    assert values.get(keys[1]) == b"1"
    for gone in (keys[0], "", "none"):
        with pytest.raises(InputError, match="too long ago to be fetched: draw it again"):
            values.get(gone)
