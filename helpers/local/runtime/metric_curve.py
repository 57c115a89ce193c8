"""The values of a metric as a curve of bounded length, for charts."""

KEPT_POINTS = 1000  # of a curve at most, and at least half as many once it is that long

Points = list[tuple[float, float]]


class MetricCurve:
    """The values of a metric, evenly thinned: of a long curve every second, fourth, eighth ...

    One thread adds values; others may read the points meanwhile.
    """

    def __init__(self) -> None:
        self._kept: Points = []
        self._step = 1
        self._count = 0
        self._last: Points = []

    def add(self, value: float) -> None:
        """Take the next value."""
        point = (float(self._count), value)
        if self._count % self._step == 0:
            self._kept.append(point)
            if len(self._kept) > KEPT_POINTS:
                self._step *= 2
                self._kept = self._kept[::2]
        self._last = [point]
        self._count += 1

    def points(self) -> Points:
        """Return (number of the value, value) of those that are kept, and of the last one."""
        kept, last = list(self._kept), self._last
        return kept if kept[-1:] == last else kept + last
