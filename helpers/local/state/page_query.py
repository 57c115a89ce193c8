"""The query for one page of a list."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageQuery:
    """The next resources of a type in the order of a column, told apart by name if it is equal.

    Parameters
    ----------
    resource_type, region
        Whose resources.
    column
        "created", "modified", "status", "name" or "objective", which leaves out those without.
    is_descending
        The order.
    limit
        How many.
    times
        Of each resource, as (column, operator, seconds since 1970): only those that all hold for.
        They are compared in milliseconds, rounded as answers show them (wire/json_writer.py).
        SQLite's round() would not do: 3.40.1 rounds 1795884351.8235 up, Python 3.11 down.
    parent
        Only the training jobs of the tuning job with this ARN.
    after
        (value of the column, name) at which the page before ended.
    """

    resource_type: str
    region: str
    column: str
    is_descending: bool
    limit: int
    times: tuple[tuple[str, str, float], ...] = ()
    parent: str | None = None
    after: tuple[str | float, str] | None = None

    def statement(self) -> tuple[str, list]:
        """Return the SQL and its values."""
        if self.parent is None:
            conditions, values = ["kind = ?", "region = ?"], [self.resource_type, self.region]
        else:  # its ARN implies both; with them SQLite would read all resources of the type
            conditions, values = ["parent = ?"], [self.parent]
        for column, operator, seconds in self.times:
            conditions.append(f"CAST({column} * 1000 + 0.5 AS INTEGER) {operator} ?")
            values.append(int(seconds * 1000 + 0.5))
        if self.column == "objective":
            conditions.append("objective IS NOT NULL")
        if self.after is not None:
            conditions.append(f"({self.column}, name) {'<' if self.is_descending else '>'} (?, ?)")
            values.extend(self.after)
        order = "DESC" if self.is_descending else "ASC"
        return (
            f"SELECT {self.column}, name, status, document FROM resources "
            f"WHERE {' AND '.join(conditions)} "
            f"ORDER BY {self.column} {order}, name {order} LIMIT ?",
            [*values, self.limit],
        )
