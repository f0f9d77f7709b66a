"""A table of medians and ratios from rounds of JSON lines; argument i is the file of round i."""

import collections
import json
import statistics
import sys

YARDSTICK = {"W6": "structured"}  # every other workload: "hand"


def read(path):
    """{(workload, name): microseconds} of one round."""
    with open(path, encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    return {(e["workload"], e["name"]): e["us"] for e in entries}


def main():
    rounds = [read(path) for path in sys.argv[1:]]
    if not rounds:
        sys.exit("table.py: no rounds given; help: table.py ROUND_FILE…")
    times, ratios = collections.defaultdict(list), collections.defaultdict(list)
    for one in rounds:
        for (workload, name), us in one.items():
            times[workload, name].append(us)
            base = one.get((workload, YARDSTICK.get(workload, "hand")))
            if base:
                ratios[workload, name].append(us / base)
    print(f"{'workload':<12} {'contestant':<18} {'median us':>12} {'ratio':>10}   range over {len(rounds)} rounds")
    for key in sorted(times):
        r = ratios[key]
        ratio = f"{statistics.median(r):>10.2f}   {min(r):.2f}-{max(r):.2f}" if r else ""
        print(f"{key[0]:<12} {key[1]:<18} {statistics.median(times[key]):>12.3f} {ratio}")


if __name__ == "__main__":
    main()
