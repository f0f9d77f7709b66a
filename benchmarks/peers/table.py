"""A table of medians and ratios from rounds of JSON lines; file i is that of round i."""

import argparse
import collections
import json
import statistics


def yardstick(workload, name):
    if workload.startswith("LIB "):
        return "basin " + name.split()[-1]  # on as many threads
    if workload == "step":
        return "basin x1"  # all rows at once
    if workload.startswith("W"):
        return "structured" if workload == "W6" else "hand"
    return "basin"


def read(path):
    """{(workload, name): the line} of one round."""
    with open(path, encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    return {(e["workload"], e["name"]): e for e in entries}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="ROUND_FILE")
    parser.add_argument("--cpu", action="store_true", help="processor time of all threads, where lines have it")
    args = parser.parse_args()
    rounds = [read(path) for path in args.files]
    clock, notes = "cpu_us" if args.cpu else "us", {}
    times, ratios = collections.defaultdict(list), collections.defaultdict(list)
    for one in rounds:
        for (workload, name), line in one.items():
            times[workload, name].append(line[clock])
            notes[workload, name] = line.get("note", "")
            base = one.get((workload, yardstick(workload, name)))
            if base:
                ratios[workload, name].append(line[clock] / base[clock])
    print(f"{'workload':<21} {'contestant':<20} {'median us':>13} {'ratio':>10}   range over {len(rounds)} rounds")
    for key in sorted(times):
        r = ratios[key]
        ratio = f"{statistics.median(r):>10.2f}   {min(r):.2f}-{max(r):.2f}" if r else ""
        print(f"{key[0]:<21} {key[1]:<20} {statistics.median(times[key]):>13.3f} {ratio}  {notes[key]}".rstrip())


if __name__ == "__main__":
    main()
