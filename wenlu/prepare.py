"""What has to be true before the four processes start: knowledge sound, index and model current, database migrated."""

from __future__ import annotations

import datetime
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path

from knowledge import Corpus, KnowledgeError, load_corpus
from knowledge.check import check
from wenlu.installation import Installation, StartError
from wenlu.training import train

Progress = Callable[[str], None]


def statutes_folder(root: Path) -> Path | None:
    """Return the folder of official statute texts: `WENLU_STATUTES`, else one beside the checkout, else None."""
    named = os.environ.get("WENLU_STATUTES")
    if named:
        if not (Path(named) / "articles.jsonl").exists():
            raise StartError(
                f"WENLU_STATUTES is {named}, but there is no articles.jsonl in it. Correct it or unset it."
            )
        return Path(named)
    beside = root.parent / "shared" / "statutes"
    return beside if (beside / "articles.jsonl").exists() else None


def checked_knowledge(installation: Installation, progress: Progress) -> Corpus:
    """Check the brochures and return them. Raises `StartError` naming file and line of what is broken."""
    root = installation.root / "knowledge"
    statutes = statutes_folder(installation.root)
    try:
        report = check(root, statutes, datetime.datetime.now(datetime.UTC).date())
        problems = report.errors
        corpus = load_corpus(root) if not problems else None
    except KnowledgeError as error:
        problems, corpus, report = error.problems, None, None
    if problems or corpus is None:
        shown = "\n".join(f"  {problem}" for problem in problems[:10])
        more = f"\n  … and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise StartError(
            f"The knowledge is broken. Mend this (`wenlu knowledge check` shows all of it):\n{shown}{more}"
        )
    for warning in report.warnings[:5] if report else []:
        progress(f"warning: {warning}")
    against = "the statute texts" if statutes else "proofs.lock"
    progress(f"knowledge: {len(corpus.brochures)} brochures, {len(corpus.sections)} sections, proven against {against}")
    return corpus


def encoder_revision(encoder: str) -> str | None:
    """Return the revision that an encoder folder states, None when it must be loaded to be known."""
    try:
        revision: str = json.loads((Path(encoder) / "config.json").read_text())["revision"]
    except (OSError, ValueError, KeyError):
        return None
    return revision


def publish_if_changed(installation: Installation, corpus: Corpus, progress: Progress) -> bool:
    """Build and publish the index unless the current one was made from the same corpus by the same encoder."""
    from retrieval.encoder import load_encoder  # here: loading the model libraries takes seconds
    from retrieval.publish import is_current, publish

    revision = encoder_revision(installation.encoder)
    if revision and is_current(corpus, installation.data, revision):
        return False
    shown: set[str] = set()

    def step(name: str, done: int, total: int) -> None:
        if name not in shown or done == total:
            shown.add(name)
            progress(f"index: {name} {done}/{total}")

    encoder = load_encoder(installation.encoder)
    if is_current(corpus, installation.data, encoder.revision):
        return False
    publish(corpus, installation.data, encoder, step)
    return True


def publish_apart(installation: Installation, corpus: Corpus, progress: Progress) -> bool:
    """Do the same in a process of its own, so that the model libraries' memory ends with it."""
    from retrieval.publish import is_current

    revision = encoder_revision(installation.encoder)
    if revision and is_current(corpus, installation.data, revision):
        return False
    process = multiprocessing.get_context("spawn").Process(target=_publish_in_child, args=(installation, progress))
    process.start()
    process.join()
    if process.exitcode:
        raise StartError("The index could not be built; the line above says why.")
    return True


def _publish_in_child(installation: Installation, progress: Progress) -> None:
    try:
        publish_if_changed(installation, load_corpus(installation.root / "knowledge"), progress)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        progress(f"{type(error).__name__}: {error}")
        raise SystemExit(1) from error


async def prepare(installation: Installation, progress: Progress) -> tuple[str, str] | None:
    """Make everything ready. Returns the first administrator's (name, password) when one was made."""
    from api.db import migrate
    from api.settings import Settings
    from api.staff.service import ensure_first_administrator

    installation.make_folders()
    os.environ.update(installation.environment())
    corpus = checked_knowledge(installation, progress)
    began = time.monotonic()
    if publish_apart(installation, corpus, progress):
        progress(f"index: built in {time.monotonic() - began:.0f} s")
    else:
        progress("index: current, nothing to build")
    began = time.monotonic()
    progress("bot: looking whether the model must be trained (about a minute when it must)")
    if await train(installation, corpus, progress):
        progress(f"bot: trained in {time.monotonic() - began:.0f} s")
    else:
        progress("bot: model current, nothing to train")
    settings = Settings()
    await migrate(settings)
    progress("database: migrated")
    return await ensure_first_administrator(settings)
