"""What the peers share. A peer lives through all rounds and sleeps on stdin between its turns: a line there is a
request, a line on stdout the answer, both JSON."""

import json
import os
import random
import statistics
import sys
import time

PROMPT = 32  # tokens before decoding, as in `tiller-cli bench`
STEPS = 48
STEERED_LAYERS = (7, 8)  # those of a single row there


def threads():
    return int(os.environ["OMP_NUM_THREADS"])


def random_ids(count, vocabulary):
    return random.Random(1).choices(range(vocabulary), k=count)


def seconds(run, prepare=lambda: None, repeats=3):
    """The median time of run(prepare()), preparing left out, after one run that warms up."""
    figures = []
    for _ in range(1 + repeats):
        prepared = prepare()
        start = time.perf_counter()
        run(prepared)
        figures.append(time.perf_counter() - start)
    return statistics.median(figures[1:])


def serve(measures):
    """Answers {"measure": NAME, ...} by measures[NAME](...), which returns a dict."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries print what they like
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(measures[request.pop("measure")](**request)), file=answers, flush=True)
