"""What every command that reads news needs, loaded from the configuration and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.aggregation.series import MARKET, topic_series, watch_series
from monitor.alerts.routes import Endpoint
from monitor.config import Config
from monitor.detection.spikes import DetectionSettings
from monitor.inference.manifest import find_model
from monitor.inference.model import OnnxModel
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.holdings import load_holdings
from monitor.ingest.watchlist import Watchlist, load_watchlist
from monitor.instrument import Instrument
from monitor.memory import FoldSettings

# Companies that exist in the demo only.
DEMO_WATCHLIST = Path(__file__).parent / "demo" / "watchlist.csv"


@dataclass(frozen=True, slots=True)
class Parts:
    """What every command that reads news needs, loaded and checked.

    Attributes:
        own_entities: ids that the user's own watchlist files name, in their order: those that metrics show by name.
    """

    watchlist: Watchlist
    own_entities: tuple[str, ...]
    matcher: EntityMatcher
    model_name: str
    model: OnnxModel
    settings: FoldSettings


def build_parts(
    config: Config,
    watchlist_files: Sequence[Path] = (),
    *,
    loaded: OnnxModel | None = None,
    tried: str | None = None,
) -> Parts:
    """Watchlist, matcher, model and the fold's settings. Raises InputError for whatever is missing or wrong.

    Args:
        loaded: a model that is in use on the configured device, taken again where the folder still holds the very same.
        tried: see `OnnxModel.load`.
    """
    shipped = load_watchlist()
    files = (*config.watchlist.files, *watchlist_files)
    watchlist = load_watchlist(*files) if files else shipped
    own = tuple(e for e, entity in watchlist.entities.items() if shipped.entities.get(e) != entity)
    folder = find_model(config.model.path)
    if loaded is None or not loaded.is_still(folder):
        loaded = OnnxModel.load(folder, threads=config.model.threads, device=config.model.device, tried=tried)
    model = loaded
    detection = config.detection
    # An Alertmanager is told everything: its own routes say who hears of what.
    alertmanagers = [Endpoint(given.name) for given in config.alerts.alertmanagers]
    settings = FoldSettings(
        lateness_ms=detection.lateness,
        story_window_ms=config.stories.window,
        overlap=config.stories.overlap,
        zone=detection.news_time_zone,
        detection=DetectionSettings(
            false_pages_per_day=detection.false_pages_per_day,
            min_history_ms=detection.min_history,
            close_after_ms=detection.close_after,
            min_stories=detection.min_stories,
            min_publishers=detection.min_publishers,
            importance=load_holdings(config.watchlist.holdings, watchlist) if config.watchlist.holdings else {},
            sectors={
                f"entity:{e.id}": f"sector:{e.sector}" for e in watchlist.entities.values() if e.kind == "company"
            },
        ),
        endpoints=(
            *alertmanagers,
            *(Endpoint(given.name, given.severity) for given in config.alerts.endpoints()),
        ),
        labels={
            MARKET: "Market",
            **{topic_series(name): name for name in model.topics},
            **{f"sector:{slug}": label for slug, label in watchlist.sectors.items()},
            **{f"entity:{e.id}": e.name for e in watchlist.entities.values() if e.kind != "hazard"},
            **{watch_series(e.id): e.name for e in watchlist.entities.values() if e.kind == "hazard"},
        },
        instrument=Instrument(model.hash, watchlist.hash, round(model.tau * 1_000_000)),
    )
    return Parts(watchlist, own, EntityMatcher(watchlist), folder.name, model, settings)


def another_model(config: Config, loaded: OnnxModel | None) -> Path | None:
    """The configured model's folder where it is not the model that is loaded. Raises InputError."""
    folder = find_model(config.model.path)
    return None if loaded is not None and loaded.is_still(folder) else folder
