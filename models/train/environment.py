"""The pinned virtual environments that the scripts run in."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def enter(script, pins="train"):
    """Runs the script again inside the environment of `requirements/<pins>.txt`, made on the first call."""
    environment = HERE / f".venv-{pins}"
    python = environment / "bin" / "python"
    if Path(sys.prefix) == environment or "--here" in sys.argv:
        return
    if not (environment / "complete").exists():
        size = " (PyTorch: 6 GB, several minutes)" if pins == "train" else ""
        print(f"installing requirements/{pins}.txt{size}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*pip, "-r", HERE / "requirements" / f"{pins}.txt"], check=True)
        (environment / "complete").touch()
    raise SystemExit(subprocess.run([python, script, *sys.argv[1:]]).returncode)
