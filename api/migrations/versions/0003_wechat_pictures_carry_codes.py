"""WeChat: people, pushes, waiting texts, the token; pictures; codes that carry a conversation over."""

import sqlalchemy as sa
from alembic import op

import api.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wechat_token",
        sa.Column("app_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("expires_at", api.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("forced_at", api.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refresher", sa.String(length=36), nullable=True),
        sa.Column("refreshing_until", api.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_wechat_token")),
    )
    op.create_table(
        "carry_code",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", api.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", api.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_carry_code_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_carry_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_carry_code_code_hash")),
    )
    with op.batch_alter_table("carry_code") as batch_op:
        batch_op.create_index(batch_op.f("ix_carry_code_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "picture",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", api.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_picture_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("message_id", name=op.f("uq_picture_message_id")),
    )
    with op.batch_alter_table("picture") as batch_op:
        batch_op.create_index(batch_op.f("ix_picture_conversation_id"), ["conversation_id"], unique=False)

    op.create_table(
        "wechat_person",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("earlier", sa.JSON(), nullable=False),
        sa.Column("delivered_seq", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("consent_at", api.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("replies_left", sa.Integer(), nullable=False),
        sa.Column("replies_until", api.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("clicks_left", sa.Integer(), nullable=False),
        sa.Column("clicks_until", api.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("blocked", sa.String(length=20), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("try_at", api.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sending_until", api.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("left_at", api.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_push_at", api.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", api.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_wechat_person_conversation_id_conversation"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_person")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_wechat_person_conversation_id")),
        sa.UniqueConstraint("mark", name=op.f("uq_wechat_person_mark")),
    )
    op.create_table(
        "wechat_push",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("sent_at", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("received_at", api.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["wechat_person.id"], name=op.f("fk_wechat_push_person_id_wechat_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_push")),
        sa.UniqueConstraint("key", name=op.f("uq_wechat_push_key")),
    )
    with op.batch_alter_table("wechat_push") as batch_op:
        batch_op.create_index("ix_wechat_push_open", ["person_id", "state"], unique=False)

    op.create_table(
        "wechat_text",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("created_at", api.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["wechat_person.id"], name=op.f("fk_wechat_text_person_id_wechat_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_text")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("wechat_text") as batch_op:
        batch_op.create_index(batch_op.f("ix_wechat_text_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("wechat_text") as batch_op:
        batch_op.drop_index(batch_op.f("ix_wechat_text_person_id"))

    op.drop_table("wechat_text")
    with op.batch_alter_table("wechat_push") as batch_op:
        batch_op.drop_index("ix_wechat_push_open")

    op.drop_table("wechat_push")
    op.drop_table("wechat_person")
    with op.batch_alter_table("picture") as batch_op:
        batch_op.drop_index(batch_op.f("ix_picture_conversation_id"))

    op.drop_table("picture")
    with op.batch_alter_table("carry_code") as batch_op:
        batch_op.drop_index(batch_op.f("ix_carry_code_expires_at"))

    op.drop_table("carry_code")
    op.drop_table("wechat_token")
