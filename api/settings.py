"""Settings: read from the environment with the prefix WENLU_, each one described, no secret with a default."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Everything an operator can choose. `WENLU_<NAME>` in the environment sets `<name>`."""

    model_config = SettingsConfigDict(env_prefix="WENLU_", extra="ignore")

    data: Path = Field(ROOT / "data", description="Folder that holds the database, the publications and the backups.")
    host: str = Field("127.0.0.1", description="Address the api listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the api listens on.")
    public_url: str | None = Field(
        None,
        description="Address under which people reach this system; used for links in mail and in WeChat. Default: host and port.",
    )
    database_url: str | None = Field(
        None,
        description="Database to use: `postgresql+asyncpg://user:password@host/name`, or nothing for SQLite in the data folder.",
    )
    database_busy_seconds: float = Field(
        5.0, ge=0, description="How long a write waits for a locked SQLite database before the answer is 503."
    )
    bot_url: str = Field("http://127.0.0.1:8010", description="Address of the bot process.")
    bot_secret: SecretStr | None = Field(
        None, description="Secret shared by api and bot. The api does not start without it; `wenlu run` makes one."
    )
    bot_timeout_seconds: float = Field(20.0, gt=0, description="How long the api waits for the bot's answer.")
    actions_url: str = Field(
        "http://127.0.0.1:8011/webhook", description="Address of the actions process, as the bot calls it."
    )
    retrieval_url: str = Field("http://127.0.0.1:8012", description="Address of the retrieval process.")
    retrieval_timeout_seconds: float = Field(5.0, gt=0, description="How long the api waits for retrieval.")
    allowed_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Web sites that may embed the widget (CORS), separated by commas, e.g. `https://example.org`.",
    )
    desk_hours: str = Field(
        "Mon-Fri 09:00-17:00 Asia/Shanghai",
        description="When people sit at the desk: days, hours, time zone; several ranges separated by `;`.",
    )
    desk_closed_days: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Dates (YYYY-MM-DD, separated by commas) on which the desk is closed: holidays.",
    )
    desk_extra_days: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Dates (YYYY-MM-DD, separated by commas) on which the desk is open as on a Monday: make-up workdays.",
    )
    mediator_silence_minutes: float = Field(
        10.0,
        gt=0,
        description="After so long without a word of the mediator a waiting resident goes back to the queue.",
    )
    retention_days: int = Field(
        180,
        ge=1,
        description="Days after closing (or after the last message, if never closed) until a conversation is erased.",
    )
    rate_conversation_per_minute: float = Field(
        30.0, gt=0, description="Messages a minute that one conversation may send."
    )
    rate_conversation_burst: int = Field(15, ge=1, description="Messages that one conversation may send at once.")
    rate_address_per_minute: float = Field(
        120.0, gt=0, description="Requests a minute that one network address may send."
    )
    rate_address_burst: int = Field(60, ge=1, description="Requests that one network address may send at once.")
    rate_exempt: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["127.0.0.1", "::1"],
        description="Addresses that are never limited, separated by commas. Default: the machine itself.",
    )
    heartbeat_seconds: float = Field(15.0, gt=0, description="How often an open event stream says that it is alive.")
    session_hours: float = Field(12.0, gt=0, description="How long a staff member stays logged in.")
    cookie_secure: bool = Field(False, description="Send the staff cookie over HTTPS only. Set it to true behind TLS.")
    smtp_host: str | None = Field(None, description="Mail server. Without it no mail is sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_starttls: bool = Field(True, description="Encrypt the connection to the mail server with STARTTLS.")
    smtp_username: str | None = Field(None, description="User name at the mail server.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server.")
    smtp_from: str = Field("wenlu@localhost", description="Sender of the mails.")
    mail_to: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Staff addresses told when somebody queues, separated by commas."
    )
    wechat_app_id: str | None = Field(
        None, description="AppID of the WeChat Service Account. Without it the WeChat channel is off."
    )
    wechat_name: str | None = Field(
        None,
        description="Name under which people find the account in WeChat; shown where they carry a conversation there.",
    )
    wechat_app_secret: SecretStr | None = Field(None, description="AppSecret of the account.")
    wechat_token: SecretStr | None = Field(None, description="Token that was typed into the account's server settings.")
    wechat_aes_key: SecretStr | None = Field(
        None,
        description="EncodingAESKey (43 characters) of the account's server settings; needed unless the mode is plain.",
    )
    wechat_mode: Literal["plain", "compatible", "safe"] = Field(
        "safe",
        description="Which pushes are taken: `safe` only encrypted ones, `plain` only open ones, `compatible` both, as while changing over.",
    )
    wechat_api_url: str = Field("https://api.weixin.qq.com", description="Address of WeChat's API.")
    wechat_reply_seconds: float = Field(
        4.0, ge=0, le=4.5, description="How long WeChat's push may wait for the answer; later it is sent by itself."
    )
    wechat_clock_seconds: float = Field(
        300.0, gt=0, description="How far the time of a push may be from ours; others are refused as replays."
    )
    secret_key: SecretStr | None = Field(
        None, description="Key for what the api signs and keeps encrypted. `wenlu run` makes one."
    )
    log_level: str = Field("INFO", description="Least serious level that is logged: DEBUG, INFO, WARNING or ERROR.")

    @field_validator("allowed_origins", "rate_exempt", "mail_to", "desk_closed_days", "desk_extra_days", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @property
    def address(self) -> str:
        """Where people reach this system, as far as the settings know, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def database(self) -> str:
        """The database's address for SQLAlchemy."""
        return self.database_url or f"sqlite+inline:///{self.sqlite_path}"

    @property
    def sqlite_path(self) -> Path:
        """The embedded database's file."""
        return self.data / "wenlu.db"


# Read by other processes or by the command line, documented here with the rest.
OTHER_SETTINGS: dict[str, tuple[str, str]] = {
    "WENLU_RETRIEVAL_PORT": ("`8012`", "Port of the retrieval process, on loopback."),
    "WENLU_BOT_PORT": ("`8010`", "Port of the bot process, on loopback."),
    "WENLU_ACTIONS_PORT": ("`8011`", "Port of the actions process, on loopback."),
    "WENLU_ENCODER": (
        "the bundled encoder",
        "Sentence encoder: a folder or any sentence-transformers model name.",
    ),
    "WENLU_PACKAGES": ("`packages` in the data folder", "Folder of the translation packages."),
    "WENLU_TRANSLATION_SECONDS": ("`8`", "How long a translation may take; then the original is shown."),
    "WENLU_TRANSLATION_MODELS": ("`4`", "Translation models that are kept in memory at a time."),
    "WENLU_STATUTES": (
        "`../shared/statutes` beside the checkout, if it exists",
        "Folder with the statutes' texts, against which the knowledge is proven.",
    ),
    "WENLU_WHEELS": ("none", "Folder of wheels in which setup looks for a CPU build of torch."),
    "WENLU_TRAINING_WORK": (
        "a folder in the data folder",
        "Where the encoder's training keeps what it makes on the way.",
    ),
    "WENLU_NTREX": ("none", "Folder with parallel test sentences, if the encoder is to be measured on them too."),
    "WENLU_PARALLEL": ("none", "Folder with parallel sentences for the encoder's training."),
    "WENLU_TEST_DATA": ("none", "Folder in which the tests keep model and index from one run to the next."),
    "WENLU_TEST_POSTGRES": ("none", "Address of a PostgreSQL database that the tests may empty."),
}


def settings_page() -> str:
    """The page docs/settings.md, made from the settings themselves."""
    lines = [
        "# Settings",
        "",
        "Set in the environment. This page is made by `wenlu docs settings`; a test fails when it is out of date.",
        "",
        "| setting | default | what it does |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        lines.append(
            f"| `WENLU_{name.upper()}` | {_default(name, field.get_default(call_default_factory=True))} | {field.description} |"
        )
    for name, (default, description) in OTHER_SETTINGS.items():
        lines.append(f"| `{name}` | {default} | {description} |")
    return "\n".join(lines) + "\n"


def _default(name: str, value: object) -> str:
    if name == "data":
        return "`data` in the checkout"
    if value is None:
        return "none"
    if isinstance(value, list):
        return f"`{','.join(value)}`" if value else "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
