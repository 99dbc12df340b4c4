"""WeChat: a waiting text goes with its conversation; when a push was begun to be answered."""

import sqlalchemy as sa
from alembic import op

import api.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEEPS_NUMBERS = {"sqlite_autoincrement": True}


def upgrade() -> None:
    with op.batch_alter_table("wechat_push") as batch_op:
        batch_op.add_column(sa.Column("taken_at", api.db.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("wechat_text", table_kwargs=KEEPS_NUMBERS) as batch_op:
        batch_op.add_column(sa.Column("conversation_id", sa.String(length=36), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_wechat_text_conversation_id_conversation"),
            "conversation",
            ["conversation_id"],
            ["id"],
            ondelete="CASCADE",
        )
        batch_op.create_index(batch_op.f("ix_wechat_text_conversation_id"), ["conversation_id"], unique=False)
    op.execute(
        "UPDATE wechat_text SET conversation_id = "
        "(SELECT conversation_id FROM wechat_person WHERE wechat_person.id = wechat_text.person_id) "
        "WHERE first_seq IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table("wechat_text", table_kwargs=KEEPS_NUMBERS) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wechat_text_conversation_id"))
        batch_op.drop_constraint(op.f("fk_wechat_text_conversation_id_conversation"), type_="foreignkey")
        batch_op.drop_column("conversation_id")

    with op.batch_alter_table("wechat_push") as batch_op:
        batch_op.drop_column("taken_at")
