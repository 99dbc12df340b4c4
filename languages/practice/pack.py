"""A package as Argos packs it: a zip with one folder."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

NAMES = {"en": "English", "fr": "French", "es": "Spanish", "de": "German", "zh": "Chinese"}


def pack(file: Path, folder: Path, source: str, target: str) -> Path:
    """Pack sentencepiece.model and model/ of a folder."""
    inside = f"translate-{source}_{target}-1_0"
    metadata = {
        "package_version": "1.0",
        "argos_version": "1.9",
        "from_code": source,
        "from_name": NAMES[source],
        "to_code": target,
        "to_name": NAMES[target],
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{inside}/metadata.json", json.dumps(metadata))
        packed.write(folder / "sentencepiece.model", f"{inside}/sentencepiece.model")
        for part in sorted((folder / "model").iterdir()):
            packed.write(part, f"{inside}/model/{part.name}")
    return file
