"""Several processes of mpirun against one: team_program, and experiments whose answers and files must be the same.
  processes.py BIN PLUGIN MPIRUN team|experiments"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BIN, PLUGIN, MPIRUN = (Path(word).resolve() for word in sys.argv[1:4])
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "OMPI_MCA_btl_vader_single_copy_mechanism": "none"}
UNTIMELY = {"started", "written", "wall_seconds", "peak_memory_bytes", "argv"}  # of a manifest


def run(processes, program, *words, code=0, **environment):
    command = [BIN / program, *words]
    if processes > 1:
        command = [MPIRUN, "--oversubscribe", "--bind-to", "none", "-n", str(processes), *command]
    done = subprocess.run([str(word) for word in command], env={**ENVIRONMENT, **environment}, capture_output=True,
                          timeout=240)
    if done.returncode != code:
        sys.exit(f"{command}: exit code {done.returncode}, wanted {code}\n{done.stdout}\n{done.stderr.decode()}")
    return done.stdout, done.stderr.decode()


def expect(holds, *what):
    if not holds:
        sys.exit(" ".join(map(str, ("wrong:", *what))))


def team(folder):
    run(3, "team_program", BASIN_TEST_PIECES=str(PLUGIN))
    expect(run(1, "team_program", "--what", "none")[0] == b"ok\n", "one process")
    for processes in (2, 3):
        for what in ("bytes", "sweeps", "errors"):
            answer, _ = run(processes, "team_program", "--what", what)
            expect(answer == b"ok\n", processes, what, answer)
    _, said = run(3, "team_program", "--what", "apart", code=70)
    expect("have gone apart" in said and "sweep of 41 rows" in said, said)
    file = folder / "never"
    _, said = run(2, "team_program", "--what", "alone", "--file", file, code=3)
    expect("team_program, rank 1: error: only here" in said and not file.exists(), said)
    _, said = run(3, "team_program", "--what", "all", code=2)
    expect(said.count("error: everywhere") == 1 and "rank" not in said.split("everywhere")[0], said)
    answer, said = run(3, "team_program", "--what", "signal", code=130)
    expect(said.count("stopped by a signal") == 1 and answer == b"", said)


def files_of(folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name == "manifest.json":
            manifest = json.loads(path.read_text())
            found["manifest.json"] = {key: value for key, value in manifest.items() if key not in UNTIMELY}
        elif path.is_file() and path.name != "timings.json":
            found[str(path.relative_to(folder))] = path.read_bytes().replace(str(folder).encode(), b"FOLDER")
    return found


def same(folder, program, *words, out=True):
    """Runs it as 1, 2 and 3 processes; returns the folder of the first."""
    answers, first = [], None
    for processes in (1, 2, 3):
        own = folder / f"{program}-{processes}"
        given = ("--out", own) if out else ()
        answer, _ = run(processes, program, *words, *given, "--quiet")
        answers.append((answer.replace(str(own).encode(), b"FOLDER"), files_of(own)))
        first = first or own
        for name in answers[0][1].keys() | answers[-1][1].keys():
            expect(answers[0][1].get(name) == answers[-1][1].get(name), program, processes, name, "differs")
        expect(answers[0][0] == answers[-1][0], program, processes, "answers differently")
    return first


def experiments(folder):
    net = same(folder, "train_mlp", "--data", "digits", "--epochs", "2", "--widths", "16")
    for more in ([], ["--scaled"]):
        same(folder, "degeneracy", "--run", net, "--rows", "300", "--json", "--threads", "1", *more, out=False)
    loud = [run(processes, "degeneracy", "--run", net, "--rows", "300", "--scaled", "--json", "--threads", "1")[0]
            for processes in (1, 2)]  # which tries what it will take
    expect(loud[0] == loud[1], "degeneracy that is not --quiet answers differently")
    same(folder, "interaction_graph", "--run", net, "--rows", "600", "--nulls", "2", "--restarts", "2",
         "--threads", "2")
    same(folder, "look", "--run", net, "--do", "cache,ablate,attribute", "--threads", "1")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        {"team": team, "experiments": experiments}[sys.argv[4]](Path(name))
