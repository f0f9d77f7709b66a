"""Three hosts on one machine: network namespaces that see each other through a bridge and nothing else, each under a
host name of its own. mpirun runs experiments across them, over TCP alone, and the answers are those of one process.

  hosts.py BIN MPIRUN

Needs root and `ip` (iproute2); exit code 77, and a line that says so, where it cannot have them.
"""
import contextlib
import os
import pathlib
import stat
import subprocess
import sys
import tempfile

BIN, MPIRUN = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
SKIPPED = 1 if os.environ.get("BASIN_NOTHING_SKIPPED") == "1" else 77  # as in CI
TAG = f"basin{os.getpid() % 10000}"
HOSTS = {f"10.213.77.{i}": f"{TAG}h{i}" for i in (1, 2, 3)}
NETWORK = "10.213.77.0/24"

# What mpirun takes for ssh: HOST COMMAND...
AGENT = """#!/bin/sh
case $1 in
{cases}
esac
shift
exec ip netns exec "$name" unshare --uts sh -c "hostname $name; $*"
"""


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def hosts():
    """Namespaces, a bridge between them, and a cable from each; all gone at the end."""
    bridge = f"{TAG}b"
    try:
        ip("netns", "add", bridge)
        ip("-n", bridge, "link", "add", "br0", "type", "bridge")
        ip("-n", bridge, "link", "set", "br0", "up")
        for number, (address, name) in enumerate(HOSTS.items()):
            ip("netns", "add", name)
            ip("link", "add", "eth0", "netns", name, "type", "veth", "peer", "name", f"p{number}", "netns", bridge)
            ip("-n", bridge, "link", "set", f"p{number}", "master", "br0", "up")
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", name, "link", "set", device, "up")
        yield
    finally:
        for name in (bridge, *HOSTS.values()):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def across(folder, program, *words):
    """One process on each host, started from the first."""
    agent = folder / "agent"
    agent.write_text(AGENT.format(cases="\n".join(f"  {a}) name={name} ;;" for a, name in HOSTS.items())))
    agent.chmod(agent.stat().st_mode | stat.S_IXUSR)
    settings = {"plm_rsh_agent": agent, "btl": "tcp,self", "btl_tcp_if_include": NETWORK,
                "oob_tcp_if_include": NETWORK}
    mpirun = [MPIRUN, "--allow-run-as-root", "--bind-to", "none", "-n", "3",
              "--host", ",".join(f"{address}:1" for address in HOSTS)]
    for key, value in settings.items():
        mpirun += ["--mca", key, value]
    first = next(iter(HOSTS.values()))
    command = ["ip", "netns", "exec", first, "unshare", "--uts", "sh", "-c", f'hostname {first}; exec "$@"', "sh",
               *mpirun, BIN / program, *words]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=240)


def same(folder, program, *words):
    words = [*words, "--quiet"]
    alone = subprocess.run([str(word) for word in (BIN / program, *words)], capture_output=True, text=True, check=True)
    many = across(folder, program, *words)
    if many.returncode or many.stdout != alone.stdout:
        sys.exit(f"{program} {words} across hosts: exit code {many.returncode}\n{many.stdout}\n{many.stderr}\n"
                 f"wanted\n{alone.stdout}")


def main():
    try:
        with hosts(), tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            where = across(folder, "/bin/hostname").stdout.split()
            if sorted(where) != sorted(HOSTS.values()):
                sys.exit(f"wanted a process on each of {sorted(HOSTS.values())}, found {where}")
            net = folder / "net"
            subprocess.run([BIN / "train_mlp", "--epochs", "1", "--widths", "12", "--quiet", "--out", net], check=True,
                           stdout=subprocess.DEVNULL)
            for more in ([], ["--scaled"]):
                same(folder, "degeneracy", "--run", net, "--rows", "300", "--json", "--threads", "1", *more)
            print("degeneracy, exact and scaled: three hosts answer as one process")
    except (FileNotFoundError, PermissionError, subprocess.CalledProcessError) as error:
        if not isinstance(error, subprocess.CalledProcessError) or error.cmd[0] == "ip":
            print(f"mpi.hosts: SKIPPED, NOTHING WAS TESTED: {error}", flush=True)
            return SKIPPED
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
