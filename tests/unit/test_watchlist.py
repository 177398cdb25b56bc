"""The shipped watchlist's promises, and how a wrong file is refused."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from monitor.errors import InputError
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.tickers import canonical_ticker
from monitor.ingest.watchlist import SHIPPED, Alias, Entity, Need, Watchlist, load_watchlist

_HAN = re.compile("[一-鿿]")


@cache
def shipped() -> Watchlist:
    return load_watchlist()


def companies() -> list[Entity]:
    return [entity for entity in shipped().entities.values() if entity.kind == "company"]


def test_holds_at_least_1200_companies_of_which_1200_have_a_ticker() -> None:
    assert len(companies()) >= 1_200
    assert sum(1 for company in companies() if company.tickers) >= 1_200


def test_at_least_200_companies_have_a_chinese_name() -> None:
    assert sum(1 for c in companies() if any(_HAN.search(alias.text) for alias in c.aliases)) >= 200


def test_companies_of_every_part_of_the_world_and_of_every_sector() -> None:
    by_country = Counter(company.country for company in companies())
    assert len(by_country) >= 30
    assert min(by_country[c] for c in ("US", "CN", "JP", "GB", "IN", "DE", "FR", "CA", "AU", "BR", "KR")) >= 20
    by_sector = Counter(company.sector for company in companies())
    assert set(by_sector) == set(shipped().sectors)
    assert min(by_sector.values()) >= 8


def test_every_sector_has_words_of_its_own_and_a_label() -> None:
    rows = {e.sector: e for e in shipped().entities.values() if e.kind == "sector"}
    assert 25 <= len(rows) <= 40
    for slug, row in rows.items():
        assert row.id == f"sector.{slug}"
        assert shipped().sectors[slug] == row.name
        assert len(row.aliases) >= 5, slug
        assert row.context, slug


def test_25_central_banks_have_a_chinese_name() -> None:
    banks = [e for e in shipped().entities.values() if e.kind == "central_bank"]
    assert sum(1 for b in banks if any(_HAN.search(alias.text) for alias in b.aliases)) >= 25


def test_no_two_entities_share_a_name_without_a_condition() -> None:
    owners: dict[str, str] = {}
    for entity in shipped().entities.values():
        for alias in entity.aliases:
            if alias.need is Need.NOTHING:
                assert owners.setdefault(alias.text, entity.id) == entity.id, alias.text


def test_every_ticker_is_written_in_its_one_form_and_has_one_owner() -> None:
    tickers = [ticker for entity in shipped().entities.values() for ticker in entity.tickers]
    assert [ticker for ticker in tickers if canonical_ticker(ticker) != ticker] == []
    assert [ticker for ticker, times in Counter(tickers).items() if times > 1] == []


def test_no_ambiguous_alias_is_its_own_evidence() -> None:
    """A context word within the alias would make it certain by itself."""
    sector_words = {e.sector: e.context for e in shipped().entities.values() if e.kind == "sector"}
    for entity in shipped().entities.values():
        for alias in entity.aliases:
            evidence = set(entity.context)
            if alias.need in (Need.CONTEXT, Need.CAPITAL):
                evidence |= {*shipped().market_words, *sector_words.get(entity.sector, ())}
            words = re.split("[ -]", alias.text.lower())
            assert alias.need is Need.NOTHING or not evidence.intersection(words), (entity.id, alias.text)


def test_an_alias_that_asks_for_its_own_context_has_some() -> None:
    for entity in shipped().entities.values():
        if any(alias.need is Need.OWN_CONTEXT for alias in entity.aliases):
            assert entity.context, entity.id


def test_text_of_the_tables_is_in_the_form_that_it_is_matched_in() -> None:
    for entity in shipped().entities.values():
        for text in (*(alias.text for alias in entity.aliases), *entity.not_in, *entity.context, *entity.unless):
            assert text == " ".join(text.split()), (entity.id, text)
            assert not set(text) & set("’‘“”，；"), (entity.id, text)


def test_everyday_words_of_news_are_no_certain_alias() -> None:
    certain = {a.text for e in companies() for a in e.aliases if a.need is Need.NOTHING}
    words = """Target Gap Visa Shell Ally Block Match Snap Next Orange Coach Key Prudential Fox Delta United General Man
    Meta Oracle Intel Strategy Carrier Charter Travelers Principal Progressive Southwest Continental Sharp Canon Zoom
    Spirit Sprint Staples Square Unity Affirm Circle Arm Grab Sea Sky Reach Wise Sage Compass Discovery Titan"""
    assert certain & set(words.split()) == set()


def test_hash_tells_one_content_from_another(tmp_path: Path) -> None:
    extra = tmp_path / "mine.csv"
    extra.write_text("id,name,sector\nxx.acme,Acme Rockets,aerospace-defence\n", encoding="utf-8")
    assert re.fullmatch("[0-9a-f]{16}", shipped().hash)
    assert load_watchlist().hash == shipped().hash
    assert load_watchlist(extra).hash != shipped().hash


def test_own_file_adds_an_entity_with_its_name_as_alias(tmp_path: Path) -> None:
    extra = tmp_path / "mine.csv"
    extra.write_text("# mine\n\nid,name,sector\nxx.acme,Acme Rockets,aerospace-defence\n", encoding="utf-8")
    watchlist = load_watchlist(extra)
    assert watchlist.entities["xx.acme"].aliases == (Alias("Acme Rockets"),)
    assert [m.entity_id for m in EntityMatcher(watchlist).find("Acme Rockets soars")] == ["xx.acme"]
    assert len(watchlist.entities) == len(shipped().entities) + 1


def test_own_file_replaces_by_id_and_takes_names_and_tickers_from_others(tmp_path: Path) -> None:
    extra = tmp_path / "mine.csv"
    extra.write_text(
        "id,name,sector,tickers,aliases\n"
        "us.aapl,Apple Records,media,,Apple Records\n"
        "xx.boing,Boing,aerospace-defence,NYSE:BA,Boeing|Boing\n",
        encoding="utf-8",
    )
    matcher = EntityMatcher(load_watchlist(extra))
    assert matcher.find("Apple unveils iPhone") == ()
    assert [m.entity_id for m in matcher.find("Apple Records, Boeing merge")] == ["us.aapl", "xx.boing"]
    assert [m.entity_id for m in matcher.find("$BA climbs")] == ["xx.boing"]


def test_own_file_may_bring_a_sector_of_its_own(tmp_path: Path) -> None:
    extra = tmp_path / "mine.csv"
    extra.write_text(
        "id,kind,name,sector,aliases\nxx.acme,,Acme Rockets,toons,\nsector.toons,sector,Toons,toons,toonmakers\n",
        encoding="utf-8",
    )
    watchlist = load_watchlist(extra)
    assert watchlist.sectors["toons"] == "Toons"
    assert [m.entity_id for m in EntityMatcher(watchlist).find("Toonmakers rally")] == ["sector.toons"]


def test_the_later_of_two_own_files_wins(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("id,name,sector\nxx.acme,Acme Rockets,media\n", encoding="utf-8")
    two.write_text("id,name,sector\nxx.acme,Acme Rockets,retail\n", encoding="utf-8")
    assert load_watchlist(one, two).entities["xx.acme"].sector == "retail"


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("", None, "empty"),
        ("# only a comment\n", None, "empty"),
        ("name,sector\nAcme,media\n", 1, "'id' is missing"),
        ("id,name,colour\n", 1, "'colour'"),
        ("id,name,name\n", 1, "stands twice"),
        ("id,name,sector\n\nAcme,Acme,media\n", 3, "'Acme'"),
        ("id,name,sector\nxx.acme,,media\n", 2, "no name"),
        ("id,name,sector\nxx.acme,Acme,\n", 2, "no sector"),
        ("id,name,sector\nxx.acme,Acme,toons\n", 2, "'toons'"),
        ("id,name,kind\nxx.acme,Acme,firm\n", 2, "'firm'"),
        ("id,name,kind,sector\nsector.a,A,sector,b\n", 2, "sector.b"),
        ("id,name,sector,tickers\nxx.acme,Acme,media,ACME\n", 2, "'ACME'"),
        ("id,name,sector,aliases\nxx.acme,Acme,media,~A\n", 2, "'~A'"),
        ("id,name,sector\nxx.acme,Acme,media,x\n", 2, "4 cells under 3"),
        ('id,name,sector\nxx.acme,"Acme,media\n', 2, "no CSV line"),
        ("id,name,sector\nxx.a,Aa,media\nxx.a,Bb,media\n", 3, "'xx.a' stands already"),
        ("id,name,sector\nxx.a,Acme,media\nxx.b,Acme,media\n", 3, "'Acme' belongs to 'xx.a'"),
        ("id,name,sector,tickers\nxx.a,Aa,media,NYSE:Q1\nxx.b,Bb,media,NYSE:Q1\n", 3, "'NYSE:Q1' belongs to 'xx.a'"),
    ],
)
def test_wrong_file_gives_one_line_with_file_line_and_what(
    tmp_path: Path, content: str, line: int | None, says: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_watchlist(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_unreadable_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(f"{path}: cannot read")):
        load_watchlist(path)


def test_readme_names_every_column_and_the_sources() -> None:
    text = (SHIPPED / "README.md").read_text(encoding="utf-8")
    for column in ("id", "kind", "name", "sector", "country", "tickers", "aliases", "zh", "context", "not", "unless"):
        assert f"| `{column}` |" in text
    assert "Public Domain Dedication" in text
    assert "MIT" in text
    assert f"{len(shipped().sectors)} sectors" in text
