"""Make both environments from their locks: `python3 deploy/bootstrap.py`.

Standard library only, any Python from 3.8 on: it runs before anything is installed. It finds or installs uv, a Python
for the main side (3.11 or newer) and a Python 3.10 for Rasa, chooses a CPU build of torch where one can be had, and
leaves `.venv/` and `bot/.venv/` behind. A second call with unchanged locks does nothing.
"""

import concurrent.futures
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAIN_PYTHONS = ("3.11", "3.12", "3.13")
BOT_PYTHON = "3.10"
TORCH_MINIMUM = "2.2"


class SetupError(Exception):
    """Something a person has to mend; the message says what to do."""


def say(text):
    """Print one line of progress at once."""
    print(f"setup | {text}", flush=True)


def run(arguments, what, quiet=True, timeout=1800, env=None):
    """Run a command; on failure raise `SetupError` with the end of what it printed."""
    done = subprocess.run(
        [str(a) for a in arguments],
        cwd=str(ROOT),
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout or "").strip().splitlines()[-12:])
        raise SetupError(f"{what} failed:\n{tail}")
    return done.stdout or ""


def python_version(executable):
    """Return "3.11" for a working interpreter, None for anything else (a pyenv shim without its version, say)."""
    try:
        done = subprocess.run(
            [str(executable), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def candidates(version):
    """Yield the places where a Python of that version may live, on PATH or not."""
    yield from (p for p in [shutil.which(f"python{version}")] if p)
    homes = [os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv"), "/opt/pyenv", "/usr/local/pyenv"]
    for home in filter(None, homes):
        yield from sorted(Path(home).glob(f"versions/{version}*/bin/python"), reverse=True)
    for folder in (
        "/usr/bin",
        "/usr/local/bin",
        "/opt/homebrew/bin",
        f"/opt/python{version}/bin",
        f"/opt/python/{version}/bin",
    ):
        yield Path(folder) / f"python{version}"
    yield from sorted(
        (Path.home() / ".local/share/uv/python").glob(f"cpython-{version}*/bin/python{version}"), reverse=True
    )
    for name in ("python3", "python"):
        yield from (p for p in [shutil.which(name)] if p)
    yield sys.executable


def find_python(version):
    """Return the path of a working Python of exactly that minor version, or None."""
    seen = set()
    for place in candidates(version):
        if str(place) in seen or not Path(place).exists():
            continue
        seen.add(str(place))
        if python_version(place) == version:
            return str(place)
    return None


def find_uv():
    """Return a uv executable: on PATH, in the usual homes, or installed into `.tools/`."""
    places = [shutil.which("uv"), Path.home() / ".local/bin/uv", Path.home() / ".cargo/bin/uv", ROOT / ".tools/bin/uv"]
    for place in filter(None, places):
        if Path(place).exists():
            return str(place)
    say("uv is not installed: putting it into .tools/")
    tools = ROOT / ".tools"
    try:
        run([sys.executable, "-m", "venv", tools], "Making .tools/")
        run([tools / "bin/python", "-m", "pip", "install", "-q", "uv"], "Installing uv")
    except SetupError as error:
        raise SetupError(
            f"uv could not be installed. Install it yourself (see its documentation) and run this again.\n{error}"
        ) from error
    return str(tools / "bin/uv")


def wheel_folders():
    """Return local folders of wheels that pip or uv were told of."""
    text = " ".join(os.environ.get(name, "") for name in ("WENLU_WHEELS", "UV_FIND_LINKS", "PIP_FIND_LINKS"))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "config", "get", "global.find-links"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        text += " " + done.stdout
    except (OSError, subprocess.TimeoutExpired):
        pass
    return [Path(item) for item in re.split(r"[\s,]+", text) if item and Path(item).is_dir()]


def local_torch():
    """Return (wheel, python version) of the newest CPU build of torch in a local wheel folder, or None."""
    machine = platform.machine()
    found = []
    for folder in wheel_folders():
        for wheel in folder.glob("torch-*+cpu-*.whl"):
            match = re.match(r"torch-([\d.]+)\+cpu-cp3(\d+)-", wheel.name)
            if match and machine in wheel.name and f"3.{match[2]}" in MAIN_PYTHONS:
                found.append((tuple(int(n) for n in match[1].split(".")), wheel, f"3.{match[2]}"))
    return max(found)[1:] if found else None


def choose_pythons(uv, torch):
    """Return (main interpreter, bot interpreter), installing one with uv where none is found."""
    order = list(MAIN_PYTHONS)
    if torch:
        order.sort(key=lambda version: version != torch[1])
    main = next((found for found in map(find_python, order) if found), None)
    bot = find_python(BOT_PYTHON)
    chosen = []
    for found, version, purpose in ((main, order[0], "the main side"), (bot, BOT_PYTHON, "Rasa")):
        if not found:
            say(f"no Python {version} found for {purpose}: asking uv to install one")
            try:
                run([uv, "python", "install", version], f"Installing Python {version}")
                found = run([uv, "python", "find", version], f"Finding Python {version}").strip()
            except SetupError as error:
                raise SetupError(
                    f"Python {version} is needed for {purpose} and could not be installed. "
                    f"Install Python {version} (for example with your package manager or pyenv) and run this again.\n{error}"
                ) from error
        chosen.append(found)
    return chosen


def install_torch(uv, python, torch):
    """Install torch: a local CPU wheel, else PyTorch's CPU build, else what the package index has. Returns what was chosen."""
    base = [uv, "pip", "install", "--no-config", "-q", "--python", python]
    if platform.system() == "Linux":
        if torch and torch[1] == python_version(python):
            run([*base, torch[0]], "Installing torch from a local wheel")
            return f"CPU build {torch[0].name}"
        try:
            run([*base, "--torch-backend", "cpu", f"torch>={TORCH_MINIMUM}"], "Installing torch's CPU build",
                env={"UV_HTTP_TIMEOUT": "30", "UV_HTTP_RETRIES": "1"}, timeout=900)  # fmt: skip
            return "PyTorch's own CPU build"
        except (SetupError, subprocess.TimeoutExpired):
            say(
                "no CPU build of torch can be reached: taking the package index's build, which brings several GB of CUDA libraries"
            )
    run([*base, f"torch>={TORCH_MINIMUM}"], "Installing torch", timeout=3600)
    return "the package index's build"


def stamp_of(*parts):
    """Return a digest of texts and files."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else str(part).encode())
    return digest.hexdigest()


def make_environment(uv, python, folder, lock, name, after=None):
    """Make one virtual environment from its lock unless it is already the one the lock describes."""
    stamp_file = folder / "wenlu-stamp"
    stamp = stamp_of(lock, ROOT / "pyproject.toml", python, str(ROOT))
    if stamp_file.exists() and stamp_file.read_text() == stamp:
        say(f"{name}: up to date")
        return
    began = time.monotonic()
    say(f"{name}: installing from {lock.relative_to(ROOT)} with {python}")
    stamp_file.unlink(missing_ok=True)
    if python_version(folder / "bin/python") != python_version(python):
        run([uv, "venv", "-q", "--clear", "--python", python, folder], f"Making {folder.name}")
    interpreter = folder / "bin/python"
    run(
        [
            uv,
            "pip",
            "install",
            "--no-config",
            "-q",
            "--python",
            interpreter,
            "--no-deps",
            "--require-hashes",
            "-r",
            lock,
        ],
        f"Installing {name}",
    )
    if after:
        after(interpreter)
    stamp_file.write_text(stamp)
    say(f"{name}: done in {time.monotonic() - began:.0f} s")


def setup():
    """Make both environments, side by side."""
    began = time.monotonic()
    uv = find_uv()
    torch = local_torch()
    main_python, bot_python = choose_pythons(uv, torch)

    def finish_main(interpreter):
        say(f"main environment: torch = {install_torch(uv, interpreter, torch)}")
        run(
            [uv, "pip", "install", "--no-config", "-q", "--python", interpreter, "--no-deps", "-e", ROOT],
            "Installing wenlu itself",
        )

    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = [
            pool.submit(
                make_environment,
                uv,
                main_python,
                ROOT / ".venv",
                ROOT / "requirements.lock",
                "main environment",
                finish_main,
            ),
            pool.submit(
                make_environment, uv, bot_python, ROOT / "bot/.venv", ROOT / "bot/requirements.lock", "bot environment"
            ),
        ]
        for job in jobs:
            job.result()
    say(f"both environments are ready ({time.monotonic() - began:.0f} s)")


def main():
    """Run the setup and turn what a person has to mend into one clear message and exit code 1."""
    try:
        setup()
    except SetupError as error:
        print(f"\nsetup | cannot go on: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nsetup | stopped. Run it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
