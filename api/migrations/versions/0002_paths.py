"""Where a resident is in a guided path."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversation") as batch_op:
        batch_op.add_column(sa.Column("path", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("path_step", sa.String(length=60), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("conversation") as batch_op:
        batch_op.drop_column("path_step")
        batch_op.drop_column("path")
