"""What Alembic runs to migrate: the revisions, in the caller's transaction."""

from alembic import context

from sweepflow.ledger.migrations import VERSION_TABLE
from sweepflow.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
