"""Reaching the database: one engine per node, its migrations, and whole tables as Arrow."""

from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, create_engine, make_url

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """A node's PostgreSQL database, named by a SQLAlchemy URL (``postgresql+psycopg://``)."""

    def __init__(self, url: str) -> None:
        self.url: URL = make_url(url)
        self.engine: Engine = create_engine(self.url, pool_pre_ping=True)

    def migrate(self) -> None:
        """Bring the tables to the newest version; does nothing when they are there already."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def arrow(self, query: str, parameters: tuple[object, ...] = ()) -> pa.Table:
        """Return the result of ``query`` (``$1``, ``$2`` ... as placeholders) without a Python object per cell.

        Numeric columns must be cast to text in the query: the driver has no decimal type of its own.
        """
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with adbc.connect(plain) as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters=parameters or None)
            return cursor.fetch_arrow_table()
