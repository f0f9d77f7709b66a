#!/usr/bin/env python3
"""Changes one line of what claims check, runs them, and lists the rows that no change makes fail: a row that cannot
fail says nothing.

claim_mutants.json lists the changes as mutants.json does, but with the ids of claims in place of tests. Each is linked
into `claims` (mutate.py says how) and run with the quick preset.

Exit codes: 0 every predicted row of these claims failed at least once; 1 some never did; 2 usage.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import mutate


class ClaimMutant(mutate.Mutant):
    def target(self):
        return "claims"


def failed_rows(program, ids):
    """(all predicted rows, those that fail) as (id, title), or None where the program does not end by itself."""
    with tempfile.TemporaryDirectory(prefix="basin-claims-") as folder:
        command = [str(program), "--only", ",".join(ids), "--preset", "quick", "--quiet", "--threads",
                   str(os.cpu_count()), "--out", folder + "/run"]
        code, _ = mutate.run(command, folder, 900)
        if code not in (0, 1):
            return None
        rows = json.loads(pathlib.Path(folder, "run/claims.json").read_text())
    rows = [r for r in rows if r["standing"] == "predicted"]
    name = lambda r: (r["id"], r["title"])
    return {name(r) for r in rows}, {name(r) for r in rows if r["verdict"] == "fail"}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="C11,C12",
                        help="changes that are listed with one of these claims")
    parser.add_argument("--build", default=str(mutate.ROOT / "build/release"), metavar="DIR")
    return parser.parse_args()


def main():
    options = parse()
    ids = set(filter(None, options.only.split(",")))
    listed = json.loads((mutate.ROOT / "tests/mutation/claim_mutants.json").read_text())
    mutants = [ClaimMutant(tests=entry.pop("claims"), **entry) for entry in listed]
    mutants = [m for m in mutants if not ids or ids & set(m.tests)]
    if not mutants:
        print("no change is listed with these claims")
        return 2
    build = mutate.Build(options.build, ["claims"])
    claims = sorted(ids or {c for m in mutants for c in m.tests}, key=lambda c: int(c[1:]))
    rows, failing = failed_rows(build.folder / "bin/claims", claims)
    if failing:
        raise mutate.Failure(f"fails without any change: {sorted(failing)}")
    never = set(rows)
    for mutant in mutants:
        if mutant.found() != 1:
            raise mutate.Failure(f"{mutant.title()}: text found {mutant.found()} times, wanted once")
        with tempfile.TemporaryDirectory(prefix="basin-mutant-") as temporary:
            program = build.make(mutant, pathlib.Path(temporary))
            found = program and failed_rows(program, [c for c in mutant.tests if not ids or c in ids])
        if not found:
            print(f"{mutant.title()}: {'DOES NOT COMPILE' if not program else 'ends with an error'}", flush=True)
            continue
        never -= found[1]
        print(f"{mutant.title()}: {len(found[1])} of {len(found[0])} rows fail", flush=True)
    print(f"{len(rows) - len(never)} of {len(rows)} predicted rows failed at least once")
    for claim, title in sorted(never, key=lambda r: (int(r[0][1:]), r[1])):
        print(f"  never: {claim} {title}")
    return 1 if never else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except mutate.Failure as failure:
        sys.exit(f"claim_rows: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
