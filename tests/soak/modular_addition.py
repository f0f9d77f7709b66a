#!/usr/bin/env python3
"""Kills modular_addition at random moments and lets it go on, again and again: its files must be those of a run that
nobody disturbed.

  tests/soak/modular_addition.py build/release/bin/modular_addition --kills 100

Every kill is SIGKILL; half of them follow a SIGTERM by so little that they hit the saving of the state. All files must
be equal byte for byte, but for these fields of manifest.json: TIMES, which are other numbers in any two runs, and
PROCESS, which say how often and by what command a run was started. A temporary file or a lock left over is a file that
the undisturbed run has not.
"""
import argparse
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TIMES = ("started", "written", "wall_seconds", "peak_memory_bytes")
PROCESS = ("argv", "resumes")
SAVING = 0.1  # seconds in which a state is saved after SIGTERM, about
INTERRUPTED = (130, -signal.SIGTERM)  # the second before it listens to signals


class Soak:
    def __init__(self, program, folder, epochs, seed):
        self.program, self.out, self.epochs = program, folder / "run", epochs
        self.moments = random.Random(seed)
        self.kills = self.interrupts = self.finished = 0

    def start(self):
        """--resume where there is a run; one that was killed before it had its config begins again."""
        config = ["--preset", "tiny", "--seeds", "0,1", "--epochs", str(self.epochs)]
        if (self.out / "config.toml").exists() and (self.out / "manifest.json").exists():
            config = ["--resume"]
        elif (self.out / "manifest.json").exists():
            config += ["--force"]
        command = [self.program, *config, "--threads", "2", "--quiet", "--out", str(self.out)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def kill(self, process):
        if self.moments.random() < 0.5:
            process.send_signal(signal.SIGTERM)
            time.sleep(self.moments.uniform(0, SAVING))
        process.kill()

    def go_on(self, most_seconds):
        """Starts it and kills it within this time, or lets it end if that is None. True if it ended by itself."""
        process = self.start()
        try:
            process.wait(None if most_seconds is None else self.moments.uniform(0, most_seconds))
        except subprocess.TimeoutExpired:
            self.kill(process)
        error = process.communicate()[1].decode()
        self.kills += process.returncode == -signal.SIGKILL
        self.interrupts += process.returncode in INTERRUPTED
        if process.returncode not in (0, -signal.SIGKILL, *INTERRUPTED):
            sys.exit(f"after {self.kills} kills it ended with code {process.returncode}: {error}")
        return process.returncode == 0


def manifest(path):
    fields = json.loads(path.read_text())
    return {name: value for name, value in fields.items() if name not in TIMES + PROCESS}


def files(folder):
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def differences(run, reference):
    ours, theirs = files(run), files(reference)
    differing = [f"{name}: in one of the two runs only" for name in sorted(ours.keys() ^ theirs.keys())]
    for name in sorted(ours.keys() & theirs.keys()):
        read = manifest if name == "manifest.json" else pathlib.Path.read_bytes
        if read(ours[name]) != read(theirs[name]):
            differing.append(f"{name}: differs")
    return differing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="basin-soak-") as folder:
        soak = Soak(arguments.program, pathlib.Path(folder), arguments.epochs, arguments.seed)
        reference, begun = pathlib.Path(folder) / "reference", time.monotonic()
        if not soak.go_on(None):
            sys.exit("the undisturbed run did not finish")
        seconds = time.monotonic() - begun
        soak.out.rename(reference)
        while soak.kills < arguments.kills:
            while not soak.go_on(seconds / 4 if soak.kills < arguments.kills else None):
                pass
            soak.finished += 1
            differing = differences(soak.out, reference)
            if differing:
                sys.exit(f"after {soak.kills} kills the run is another one:\n" + "\n".join(differing))
            shutil.rmtree(soak.out)
        print(f"{soak.kills} kills and {soak.interrupts} interrupts in {soak.finished} runs of {seconds:.0f} s, "
              f"{time.monotonic() - begun:.0f} s in all: every file as without them")


if __name__ == "__main__":
    main()
