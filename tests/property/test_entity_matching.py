"""The matcher against a slow oracle: every substring looked up, bounds asked of each, leftmost then longest."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ingest.entities import EntityMatcher
from monitor.ingest.watchlist import Alias, Entity, Watchlist
from tests.examples import examples

# Few pieces, so that aliases overlap, contain and adjoin each other all the time.
_PIECES = ("Zab", "Zabo", "Qux", "Qux Zab", "Zab Qux Zabo", "7Q", "囍囍", "囍龘", "龘囍囍", "龘")
_GLUE = ("", " ", "-", "'s ", "x", "9", ", ", "$", "的")

_aliases = st.lists(
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=2).map(" ".join).filter(lambda text: len(text) > 1),
    min_size=1,
    max_size=8,
    unique=True,
)
_texts = st.lists(st.tuples(st.sampled_from(_PIECES), st.sampled_from(_GLUE)), max_size=12).map(
    lambda pairs: "".join(piece + glue for piece, glue in pairs).strip()
)


def _is_part_of_a_word(character: str) -> bool:
    return character.isalnum() and character.isascii()


def _oracle(text: str, names: Mapping[str, str]) -> set[str]:
    found, position = set(), 0
    while position < len(text):
        for end in range(len(text), position, -1):
            piece = text[position:end]
            if piece not in names:
                continue
            before, after = text[:position][-1:], text[end:][:1]
            begins_a_word, ends_a_word = _is_part_of_a_word(piece[0]), _is_part_of_a_word(piece[-1])
            if begins_a_word and (_is_part_of_a_word(before) or before == "$"):
                continue
            if ends_a_word and _is_part_of_a_word(after):
                continue
            found.add(names[piece])
            position = end
            break
        else:
            position += 1
    return found


def _watchlist(names: Mapping[str, str]) -> Watchlist:
    entities = {key: Entity(key, key, "company", "media", aliases=(Alias(name),)) for name, key in names.items()}
    none: frozenset[str] = frozenset()
    return Watchlist(entities, {}, none, none, none, none, hash="")


@settings(deadline=None, max_examples=examples(300))
@given(_aliases, st.lists(_texts, min_size=1, max_size=20))
def test_matches_are_those_of_a_brute_force_leftmost_longest_search(aliases: list[str], texts: list[str]) -> None:
    names = {alias: f"xx.e{number}" for number, alias in enumerate(aliases)}
    matcher = EntityMatcher(_watchlist(names))
    for text in texts:
        assert {mention.entity_id for mention in matcher.find(text)} == _oracle(text, names), text
