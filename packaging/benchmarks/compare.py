"""Measures Tiller and its peers in turn and prints one Markdown table; peers.sh sets it up.

Round k runs every contender of a row once, nothing else runs beside it, and every second round goes the other way
about. A ratio is taken within a round, and the median of the rounds' ratios counts."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"


@dataclass(frozen=True)
class Contender:
    title: str
    peer: str
    request: tuple = ()


def llama(title, measure, **arguments):
    return Contender(f"llama.cpp {title}", "llama_cpp", (("measure", measure), *arguments.items()))


def other(title, peer, measure):
    return Contender(title, peer, (("measure", measure),))


@dataclass(frozen=True)
class Target:
    """The ratio to reach against the best of some contenders."""

    against: tuple
    ratio: float


@dataclass(frozen=True)
class Row:
    name: str
    what: str
    options: tuple  # of tiller-cli bench
    figure: tuple  # where it reports the result
    targets: tuple
    unit: str = "tokens/s"

    @property
    def less_is_better(self):
        return self.unit != "tokens/s"


STEERED = [llama(f"{title}, steered", "decode", file=file, steered=True)
           for title, file in (("Q4_1", "as it is"), ("Q4_0", "requantised"))]
PLAIN = tuple(llama(title, "decode", file=file, steered=False)
              for title, file in (("Q4_1", "as it is"), ("Q4_0", "requantised")))
PREFILL = tuple(llama(title, "prefill", file=file) for title, file in (("Q4_1", "as it is"), ("Q4_0", "requantised")))


def decoding(rows, what, *targets):
    options = ("--only", "decode", "--rows", str(rows))
    return Row(f"decode{rows}", what, options, ("decode", 0, "tokens_per_second"), targets)


ROWS = (
    decoding(1, "decode 1 row, steered", Target((STEERED[0],), 2.2), Target((STEERED[1],), 1.5)),
    decoding(2, "decode both panes, one of them steered", Target(PLAIN, 2.8)),
    decoding(8, "decode 8 rows, 7 of them steered", Target(PLAIN, 6)),
    Row("prefill512", "prefill 512 tokens", ("--only", "prefill"), ("prefill", "tokens_per_second"),
        (Target(PREFILL, 2.5), Target((other("transformers bfloat16", "transformers", "prefill"),), 3.5))),
    decoding(64, "decode 64 rows, each by its own plan",
             Target((other("transformers bfloat16, 1 row, steered", "transformers", "decode"),), 55)),
    Row("memory", "resident after loading", ("--only", "memory"), ("memory", "after_load_bytes"), (), "MB"),
    Row("extract", "extract the formality set, all layers", ("--only", "extraction"), ("extraction", "seconds"),
        (Target((other("steering-vectors, batches of 8", "steering_vectors", "extract"),), 2.4),
         Target((other("rotalabs-steer, from 3 layers", "rotalabs_steer", "extract"),), 90)), "s"),
    Row("sweep", "40 tokens at 30 layers x 7 strengths", ("--only", "sweep"), ("sweep", "seconds"),
        (Target((other("rotalabs-steer bfloat16, from 3 cells", "rotalabs_steer", "sweep"),), 70),), "s"),
)


class Field:
    """All contenders on this machine. The peers are started when first asked, and sleep between their turns."""

    def __init__(self, options, threads):
        self.options = options
        self.threads = threads
        self.model = data_folder() / "models" / MODEL
        self.peers = {}
        if not self.model.exists():
            sys.exit("error: the default model is missing: packaging/run.sh fetches it")

    def tiller(self, row):
        command = [self.options.tiller, "bench", self.model, *row.options, "--threads", str(self.threads), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit("error: tiller-cli failed")
        figure = json.loads(done.stdout)
        for step in row.figure:
            figure = figure[step]
        return figure / 1e6 if row.unit == "MB" else figure

    def peer(self, contender):
        process = self.peers.get(contender.peer) or self.start(contender.peer)
        process.stdin.write(json.dumps(dict(contender.request)) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            sys.exit(f"error: {contender.title} failed; see {self.log(contender.peer)}")
        return json.loads(answer)["figure"]

    def start(self, peer):
        environment = dict(os.environ, OMP_NUM_THREADS=str(self.threads), HF_HUB_OFFLINE="1",
                           TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", PYTHONDONTWRITEBYTECODE="1")
        with open(self.log(peer), "w") as log:
            self.peers[peer] = subprocess.Popen(
                [sys.executable, HERE / f"peer_{peer}.py", self.model, self.options.folder, self.options.contrast],
                env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        return self.peers[peer]

    def log(self, peer):
        return self.options.folder / f"{peer}.log"

    def finish(self):
        for process in self.peers.values():
            process.stdin.close()
        for process in self.peers.values():
            process.wait()
        self.peers = {}


def data_folder():
    """By the same rule as Tiller: a relative path counts as unset."""
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".local/share") / "tiller"


def summary(figures):
    return {"median": statistics.median(figures), "min": min(figures), "max": max(figures), "figures": figures}


def measure(row, field, rounds):
    """A list of results, one a target."""
    contenders = list(dict.fromkeys(c for target in row.targets for c in target.against))
    ours, theirs = [], {contender: [] for contender in contenders}
    turns = [lambda: ours.append(field.tiller(row))]
    turns += [lambda c=contender: theirs[c].append(field.peer(c)) for contender in contenders]
    for number in range(rounds):
        print(f"{row.name}: round {number + 1} of {rounds}", file=sys.stderr)
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn()
    if row.name == "memory":
        return [against_file_size(row, ours, field.model)]
    return [against(row, target, ours, theirs) for target in row.targets]


def against(row, target, ours, theirs):
    best_of = min if row.less_is_better else max
    middle = {contender: statistics.median(theirs[contender]) for contender in target.against}
    best = best_of(middle, key=middle.get)
    rivals = [best_of(figures) for figures in zip(*(theirs[contender] for contender in target.against))]
    ratios = [rival / own if row.less_is_better else own / rival for own, rival in zip(ours, rivals)]
    return {"row": row.name, "what": row.what, "unit": row.unit, "tiller": summary(ours), "against": best.title,
            "peers": {contender.title: summary(theirs[contender]) for contender in target.against},
            "ratio": summary(ratios), "target": target.ratio, "met": statistics.median(ratios) >= target.ratio}


def against_file_size(row, ours, model):
    """The memory that a quantised file may take: itself, 15 %, and 120 MB for the program."""
    limit = 1.15 * model.stat().st_size / 1e6 + 120
    ratios = [limit / figure for figure in ours]
    return {"row": row.name, "what": row.what, "unit": row.unit, "tiller": summary(ours),
            "against": "file + 15 % + 120 MB", "peers": {"file + 15 % + 120 MB": summary([limit])},
            "ratio": summary(ratios), "target": 1, "met": statistics.median(ratios) >= 1}


def table(results):
    def spread(values):
        def shown(value):
            return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"

        median, low, high = (shown(values[key]) for key in ("median", "min", "max"))
        return median if low == high else f"{median} ({low}–{high})"

    yield "| row | what | Tiller | against | its figure | ratio | target | met |"
    yield "|---|---|---|---|---|---|---|---|"
    for r in results:
        cells = (r["row"], r["what"], f"{spread(r['tiller'])} {r['unit']}", r["against"],
                 f"{spread(r['peers'][r['against']])} {r['unit']}", spread(r["ratio"]), f"≥ {r['target']:g}",
                 "yes" if r["met"] else "no")
        yield "| " + " | ".join(cells) + " |"


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def parse_options():
    names = [row.name for row in ROWS]

    def row_names(text):
        chosen = text.split(",")
        if unknown := set(chosen) - set(names):
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: the rows are {', '.join(names)}")
        return chosen

    parser = argparse.ArgumentParser(prog="peers.sh", description="Measures Tiller beside the field's tools. "
                                     "--fresh installs them anew.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--only", type=row_names, default=names, metavar="ROW,...", help=", ".join(names))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    for given_by_peers_sh in ("--tiller", "--folder", "--contrast"):
        parser.add_argument(given_by_peers_sh, type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds: at least one")
    return options


def main():
    options = parse_options()
    threads = len(os.sched_getaffinity(0))
    field = Field(options, threads)
    results = []
    for row in ROWS:
        if row.name in options.only:
            results += measure(row, field, options.rounds)
            field.finish()
    peers = ("llama-cpp-python", "torch", "transformers", "steering-vectors", "rotalabs-steer")
    machine = {"processor": processor(), "threads": threads, "rounds": options.rounds,
               "peers": {peer: version(peer) for peer in peers}}
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "results": results}, indent=2) + "\n")
    print(f"{machine['processor']}, {threads} threads, medians of {options.rounds} rounds (min–max); "
          + ", ".join(f"{peer} {number}" for peer, number in machine["peers"].items()) + "\n")
    print("\n".join(table(results)))


main()
