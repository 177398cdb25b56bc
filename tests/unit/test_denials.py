"""What takes bad news back is shown and does not page; what only sounds like it counts as ever."""

from __future__ import annotations

import pytest

from monitor.fold import Fold
from monitor.ingest.denials import takes_back
from monitor.memory import FoldSettings
from monitor.records import Tick
from tests.builders import NOON, article, prepared

TAKES_BACK = [
    "Harrow Bank denies report of withdrawals",
    "UPDATE 2-Calder denies talk of share sale; stock falls",
    "Fortlake denies holding $7 bln of Norwhistle debt -paper",
    "Calder dismisses rumours of a cash crunch",
    "Harrow says reports of a run are false",
    "No truth to merger rumour, Calder says",
    "CORRECTED-Harrow did not halt payments",
    "Wire retracts story on Harrow's losses",
    "某某银行否认流动性危机传闻",
    "更正：某某公司没有违约",
    "Calder debunks claims of hidden losses",
]
COUNTS = [
    "Judge denies bail to Harrow's founder",
    "Harrow shares sink after bank denies rumours",
    "Regulator denies Calder's plan to merge",
    "Calder settles for $2 bln, denies wrongdoing",
    "Harrow pleads not guilty, denies charges",
    "Calder rejects $4 bln bid from Fortlake",
    "Insurer denied permission to raise prices",
    "Court dismisses claims against Calder",
    "Harrow says losses are worse than it said",
    "Calder withdraws forecast",
    "Stocks fall as Fed corrects course",
]


@pytest.mark.parametrize("title", TAKES_BACK)
def test_a_denial_or_correction_takes_bad_news_back(title: str) -> None:
    assert takes_back(title)


@pytest.mark.parametrize("title", COUNTS)
def test_what_a_court_decides_or_a_denial_causes_is_news_like_any_other(title: str) -> None:
    assert not takes_back(title)


def test_denials_count_as_stories_and_never_as_bad_ones_however_the_model_finds_them() -> None:
    fold = Fold(FoldSettings())
    fold.tick(Tick(NOON))
    for number, title in enumerate(["Harrow Bank halts withdrawals", "Fortlake denies report of talks with Calder"]):
        fold.article(prepared(article(f"a:{number}", title, at=NOON), negative=0.95), 0)
    denial = article("a:2", "Harrow Bank denies report that it halts withdrawals", at=NOON, publisher="b.example")
    fold.article(prepared(denial, negative=0.95), 0)
    effects = fold.take().effects
    market = [b for b in effects.buckets if b.series == "market"]
    assert sum(b.negative for b in market) == 1
    assert sum(b.stories for b in market) == 2
    told = {story.id: [d.id for d in story.denials] for story in effects.stories}
    assert told == {"a:0": ["a:2"], "a:1": ["a:1"]}
