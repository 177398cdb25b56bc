"""The words that made a headline bad are those that the model says it for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.inference.occlusion import MOST_WORDS, attribute, occlude
from tests.fakes_model import LexiconModel


def test_the_word_that_the_model_goes_by_weighs_most_and_the_others_nothing() -> None:
    ((p, words),) = attribute(LexiconModel(), ["Harrow shares collapse at noon"])
    assert p > 0.5
    assert [word.text for word in words if word.weight > 0.1] == ["collapse"]
    assert [word.weight for word in words if word.text != "collapse"] == [0.0] * 4


def test_texts_without_blanks_are_taken_apart_too() -> None:
    words, without = occlude("某某银行暂停提款")
    assert words == ["某某", "银行", "暂停", "提款"]
    assert without[2].replace(" ", "") == "某某银行提款"


@given(st.text(max_size=600))
def test_any_text_is_taken_apart_into_words_that_stand_in_it(text: str) -> None:
    words, without = occlude(text)
    assert len(words) == len(without) <= MOST_WORDS
    assert all(word in text for word in words)
    assert all(len("".join(rest.split())) < len("".join(text.split())) for rest in without)
