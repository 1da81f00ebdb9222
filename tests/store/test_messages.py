"""Messages: English text that remembers how it was made."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.messages import Message, PluralMessage, Sentence, Value, from_json, joined, to_json

ENDED = PluralMessage("%(num)s task ended (%(why)s)", "%(num)s tasks ended (%(why)s)", 2, why=Message("at 90 %%"))
FINAL = st.text() | st.integers() | st.floats(allow_nan=False)
INNER = st.builds(lambda value: Message("100 %% of %(x)s", x=value), FINAL)
SENTENCES = st.builds(lambda value: Message("it is %(x)s", x=value), FINAL | INNER) | st.builds(
    lambda number, value: PluralMessage("%(num)s is %(x)s", "%(num)s are %(x)s", number, x=value),
    st.integers(0, 3),
    FINAL | INNER,
)


def parts(value: Value) -> object:
    """All that a message is made of, which `==` does not compare."""
    if isinstance(value, PluralMessage):
        return value.one, value.many, value.number, {name: parts(each) for name, each in value.values.items()}
    if isinstance(value, Message):
        return value.template, {name: parts(each) for name, each in value.values.items()}
    return value


def test_a_message_is_its_english_text() -> None:
    message = Message("%(serving)s of %(wanted)s in service", serving=2, wanted=3)
    assert message == "2 of 3 in service"
    assert json.dumps([message]) == '["2 of 3 in service"]'
    assert f"backend: {message}" == "backend: 2 of 3 in service"


@pytest.mark.parametrize(("number", "text"), [(0, "0 points"), (1, "1 point"), (2, "2 points")])
def test_the_form_fits_the_count(number: int, text: str) -> None:
    assert PluralMessage("%(num)s point", "%(num)s points", number) == text


def test_a_message_may_stand_in_another() -> None:
    assert ENDED == "2 tasks ended (at 90 %)"


def test_joined_keeps_each_part() -> None:
    both = joined("; ", [ENDED, "available"])
    assert both == "2 tasks ended (at 90 %); available"
    assert isinstance(both, Message)
    assert [parts(value) for value in both.values.values()] == [parts(ENDED), "available"]
    assert joined("; ", [ENDED]) is ENDED
    assert not joined("; ", [])


@given(SENTENCES | st.text())
def test_what_is_kept_as_json_comes_back_whole(sentence: Sentence) -> None:
    back = from_json(json.loads(json.dumps(to_json(sentence))))
    assert (back, parts(back), type(back)) == (sentence, parts(sentence), type(sentence))


@given(SENTENCES)
def test_a_copy_is_whole(sentence: Message) -> None:
    assert parts(copy.deepcopy(sentence)) == parts(sentence)
