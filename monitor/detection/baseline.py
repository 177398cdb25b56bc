"""What is usual now: the predictive distribution of a window's count by the last fit. Pure.

The model, its formulas and papers stand in `fit`. A fit is made every six hours and kept in the store, so that a
restart predicts by the same numbers; between two fits predictions move with the hour and with the other news.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from monitor.aggregation.series import MARKET, series_class
from monitor.aggregation.windows import WINDOWS
from monitor.detection.counts import Counts, cell_of
from monitor.detection.fit import NO_FIT, ClassFit, Fit, SeriesFit, fit, volume_ratio
from monitor.records import HOUR_MS

FIT_HOURS = 6
_UNKNOWN = ClassFit()


@dataclass(frozen=True, slots=True)
class Prediction:
    """The predictive distribution of one window's count, with all that is needed to compute it again.

    Attributes:
        mean: m. dispersion: d of the variance m + d m^2, namely excess / m + alpha + 1 / a.
        a, b: posterior of the rate. exposure: hours of mean shape, the other news taken in: mean = a / b * exposure.
        ratio: how busy the other news is, 1 as usual; beta: how far this class goes with it.
    """

    mean: float
    dispersion: float
    a: float
    b: float
    exposure: float
    ratio: float
    beta: float
    excess: float
    alpha: float
    observed_hours: int

    def dispersion_at(self, mean: float) -> float:
        """The dispersion of a count of another mean in this series, say of fewer publishers or more hours."""
        return self.excess / max(mean, 1e-9) + self.alpha + 1 / self.a

    def parameters(self) -> dict[str, float]:
        return asdict(self)


class Baseline:
    """Counts of 28 days, and the fit in force.

    Args:
        zone: IANA name of the news' time zone, whose hours and weekdays shape the volume.
    """

    def __init__(self, zone: str = "UTC", fitted: Fit = NO_FIT) -> None:
        self.zone = zone
        self.counts = Counts()
        self.fit = fitted
        self._now = 0
        self._ahead: dict[tuple[str, int], float] = {}

    def advance(self, now: int) -> bool:
        """Moves to a later tick (ms); True where a new fit came into force."""
        self.counts.advance(now)
        self._now = now
        self._ahead.clear()
        every = FIT_HOURS * HOUR_MS
        if self.fit.at >= 0 and self.fit.at // every == now // every:
            return False
        self.refit()
        return True

    def refit(self) -> Fit:
        """A new fit at the last tick."""
        self.fit = fit(self.counts, self.zone, self._now)
        return self.fit

    def resume(self, now: int) -> None:
        """Stands at the tick `now` (ms) with the fit that was in force: what a restart does."""
        self.counts.advance(now)
        self._now = now
        self._ahead.clear()

    def of_class(self, series: str) -> ClassFit:
        return self.fit.classes.get(series_class(series), _UNKNOWN)

    def of_series(self, series: str) -> SeriesFit:
        """The series' own fit; its class's prior where it has had no story."""
        held = self.fit.series.get(series)
        if held is not None:
            return held
        known = self.of_class(series)
        return SeriesFit(known.a, known.b, 0.0, 0, 0)

    def predict(self, series: str, hours: int, market: int = 0, own: int = 0) -> Prediction:
        """The predictive distribution of new negative stories in the `hours` before the last tick.

        Args:
            hours: one of WINDOWS. market, own: new stories of the market and of the series in it.
        """
        window = WINDOWS.index(hours)
        known, held = self.of_class(series), self.of_series(series)
        shape = self.shape_ahead(series_class(series), hours)
        ratio, beta = 1.0, known.beta
        market_fit = self.fit.series.get(MARKET)
        if series == MARKET or market_fit is None:
            beta = 0.0
        else:
            usual = market_fit.volume * self.shape_ahead(MARKET, hours) - held.volume * shape
            ratio = volume_ratio(market - own, usual)
        exposure = shape * ratio**beta
        mean = held.a / held.b * exposure
        excess, alpha = known.excess[window], known.alpha[window]
        return Prediction(
            mean=mean,
            dispersion=excess / mean + alpha + 1 / held.a,
            a=held.a,
            b=held.b,
            exposure=exposure,
            ratio=ratio,
            beta=beta,
            excess=excess,
            alpha=alpha,
            observed_hours=self.fit.hours,
        )

    def shape_ahead(self, kind: str, hours: int) -> float:
        """The sum of f over the window that ends now: whole hours, and the running one by its part."""
        found = self._ahead.get((kind, hours))
        if found is None:
            shape = self.fit.classes.get(kind, _UNKNOWN).shape
            hour, part = divmod(self._now, HOUR_MS)
            share = part / HOUR_MS
            whole = sum(shape[cell_of(hour - i, self.zone)] for i in range(1, hours))
            found = whole + share * shape[cell_of(hour, self.zone)]
            found += (1 - share) * shape[cell_of(hour - hours, self.zone)]
            self._ahead[kind, hours] = found
        return found
