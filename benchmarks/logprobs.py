"""Reading llama.cpp's log-probability files: throughput and memory, on two generated files of a large vocabulary.

    python benchmarks/logprobs.py           two files of 0.3 GB
    python benchmarks/logprobs.py --gb 2.5  as large as that, each

The files are made in a temporary folder and removed. Beside it: reading the same files once with NumPy and adding up
their numbers. Each is run in a process of its own, on one core, with the files in memory (they were just written).
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from klbook.logprobs import compare, write_logprobs

VOCABULARY, CONTEXT = 150_000, 128
SCORED = CONTEXT - 1 - CONTEXT // 2
RUNS = 3


def generate(folder, gb):
    """Two files of about so many gigabytes: normal logits, and the same with noise."""
    random = np.random.default_rng(0)
    windows = max(1, round(gb * 1e9 / (2 * SCORED * (VOCABULARY + 4))))
    tokens = random.integers(0, VOCABULARY, (windows, CONTEXT))
    logits = random.normal(scale=3, size=(8, VOCABULARY)).astype(np.float32)
    noise = random.normal(scale=0.1, size=logits.shape).astype(np.float32)
    rows = [random.integers(len(logits), size=SCORED) for _ in range(windows)]
    paths = [Path(folder) / name for name in ("base.kld", "quant.kld")]
    for path, table in zip(paths, (logits, logits + noise), strict=True):
        write_logprobs(path, tokens, (table[k] for k in rows))
    return paths


def add_up(*paths):
    """Read files once, and add up their 16-bit numbers."""
    total = 0.0
    for path in paths:
        with open(path, "rb") as file:
            while len(numbers := np.fromfile(file, "<u2", 1 << 24)):
                total += numbers.sum(dtype=float)
    return total


def once(what, paths):
    """Seconds on the clock and of the processor, and the most memory in MB, of this process."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    begin, used = time.perf_counter(), time.process_time()
    {"compare": compare, "add up": add_up}[what](*paths)
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    return {"seconds": seconds, "processor": used, "memory": most_memory()}


def most_memory():
    """In MB. On Linux, what ``getrusage`` says includes the process that started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1e3
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def measure(gb):
    """For each of the two: the best of some runs, as MB of file a second, and MB of memory."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(path) for path in generate(folder, gb)]
        size = sum(map(os.path.getsize, paths)) / 1e6
        results = {"MB": size}
        for what in ("compare", "add up"):
            command = [sys.executable, __file__, "--once", what, *paths]
            runs = [
                json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                for _ in range(RUNS)
            ]
            results[what] = {
                "MB/s": size / min(r["seconds"] for r in runs),
                "MB/s of processor time": size / min(r["processor"] for r in runs),
                "memory MB": max(r["memory"] for r in runs),
            }
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gb", type=float, default=0.3, help="size of each of the two files")
    parser.add_argument("--once", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        what, *paths = options.once
        print(json.dumps(once(what, paths)))
    else:
        print(json.dumps(measure(options.gb), indent=1))


if __name__ == "__main__":
    main()
