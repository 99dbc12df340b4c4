"""`wenlu wechat …`: the account's menu, and what is wrong with its settings."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import typer
from pydantic import ValidationError

from api.channels.wechat import check as checks
from api.channels.wechat.errors import WechatError
from api.channels.wechat.menu import Menu, from_wechat, lines, make_menu
from api.i18n import Catalogs
from api.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The WeChat channel; docs/wechat.md says how to set it up.")
menu_app = typer.Typer(no_args_is_help=True, help="The menu below the chat.")
app.add_typer(menu_app, name="menu")


@menu_app.command()
def push() -> None:
    """Put our menu, in Chinese and English, into the account, and look whether it arrived."""
    settings = _account_settings()
    menu = make_menu(Catalogs.load(), settings.public_url)
    _print(menu)
    if not settings.public_url:
        typer.echo("(without the pages: WENLU_PUBLIC_URL is not set)")

    async def work() -> Menu:
        async with checks.client_of(settings) as client:
            await client.create_menu(menu)
            return from_wechat(await client.menu())

    if _asked(work()) != menu:
        raise _fail("WeChat took the menu but shows another one; `wenlu wechat menu show` prints it.")
    typer.echo("WeChat has this menu now; phones show it after a few minutes.")


@menu_app.command()
def show() -> None:
    """Print the menu that WeChat has now."""
    settings = _account_settings()

    async def work() -> Menu:
        async with checks.client_of(settings) as client:
            return from_wechat(await client.menu())

    shown = _asked(work())
    if not shown["button"]:
        typer.echo("The account has no menu; `wenlu wechat menu push` puts ours there.")
    _print(shown)


@app.command()
def check() -> None:
    """Look at the settings and the account; say of everything that is wrong what to do about it (then exit code 1)."""
    settings = _settings()
    address = checks.push_address(settings)

    async def work() -> bool:
        well = True
        async for finding in checks.check(settings, Catalogs.load()):
            typer.secho(f"{'ok   ' if finding.well else 'wrong'} {finding.text}", fg=None if finding.well else "red")
            well = well and finding.well
        return well

    well = asyncio.run(work())
    typer.echo("\nIn the account's server settings (服务器配置):")
    typer.echo(f"  URL                 {address or 'comes from WENLU_PUBLIC_URL'}")
    typer.echo("  Token               the value of WENLU_WECHAT_TOKEN")
    typer.echo("  EncodingAESKey      the value of WENLU_WECHAT_AES_KEY")
    typer.echo(f"  消息加解密方式      {checks.MODES[settings.wechat_mode]} ({settings.wechat_mode})")
    typer.echo("  数据格式            XML")
    if not well:
        raise typer.Exit(1)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"WENLU_{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors(include_input=False)]
        raise _fail("; ".join(wrong)) from None


def _account_settings() -> Settings:
    settings = _settings()
    if not (settings.wechat_app_id and settings.wechat_app_secret):
        raise _fail("WENLU_WECHAT_APP_ID and WENLU_WECHAT_APP_SECRET are needed; docs/wechat.md says where they are.")
    return settings


def _asked(work: Coroutine[Any, Any, Menu]) -> Menu:
    try:
        return asyncio.run(work)
    except WechatError as error:
        raise _fail(f"{checks.explained(error.code)} `wenlu wechat check` looks at everything.") from None


def _print(menu: Menu) -> None:
    for line in lines(menu):
        typer.echo(line)


def _fail(message: str) -> typer.Exit:
    typer.secho(f"wenlu: {message}", fg="red", err=True)
    return typer.Exit(1)
