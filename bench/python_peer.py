"""CPython's and numpy's side of a benchmark: runs statements it is sent, one JSON object a line, and answers their time."""
import json
import sys
import time

CASES = {}


def made(setup, run):
    body = "\n".join("    " + line for line in setup.splitlines() or ["pass"])
    source = (
        "def make():\n    import numpy as np, struct, sys\n"
        + body
        + "\n    def timed(n):\n        start = clock()\n        for _ in range(n):\n            "
        + run
        + "\n        return clock() - start\n    return timed\n"
    )
    scope = {"clock": time.perf_counter}
    exec(source, scope)
    return scope["make"]()


def calibrated(timed, sample, warm):
    n = 1
    end = time.perf_counter() + warm
    seconds = timed(n)
    while time.perf_counter() < end:
        if seconds < sample:
            n = int(n * min(10, max(1.2, sample / (seconds + 1e-9)))) + 1
        seconds = timed(n)
    return max(1, round(n * sample / seconds)) if seconds > 0 else n


for line in sys.stdin:
    question = json.loads(line)
    answer = {}
    if "run" in question:
        timed = made(question["setup"], question["run"])
        n = calibrated(timed, question["sampleMs"] / 1e3, question["warmMs"] / 1e3)
        CASES[question["id"]] = (timed, n)
    elif question.get("drop"):
        del CASES[question["id"]]
    else:
        timed, n = CASES[question["id"]]
        answer["seconds"] = timed(n) / n
    print(json.dumps(answer), flush=True)
