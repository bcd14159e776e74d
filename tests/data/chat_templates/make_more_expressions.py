#!/usr/bin/env python3
"""Record how jinja2 renders the templates of more_expressions.txt, which `---` on a line of its own parts.

    python make_more_expressions.py             # writes more_expressions.json
"""
import json
import os

import make_chat_template_goldens as goldens

HERE = os.path.dirname(os.path.abspath(__file__))
CONTEXT = dict(
    goldens.DATA,
    messages=[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo", "tool_calls": []}],
    tree=[{"n": "a", "c": [{"n": "b", "c": []}, {"n": "c", "c": [{"n": "d", "c": []}]}]}],
    big=9007199254740993,
    mixed=[1, "a", None, 2.5, True, [1], {"k": 1}],
    words2=["banana", "Apple", "cherry", "apple"],
)


def main():
    with open(os.path.join(HERE, "more_expressions.txt"), encoding="utf-8") as f:
        sources = f.read().split("\n---\n")
    cases = [dict({"source": s}, **goldens.render(s, json.loads(json.dumps(CONTEXT)))) for s in sources]
    with open(os.path.join(HERE, "more_expressions.json"), "w", encoding="ascii", newline="\n") as f:
        f.write("{\n\"now\": %s,\n\"context\": %s,\n\"cases\": %s}\n"
                % (json.dumps(goldens.NOW.isoformat()), json.dumps(CONTEXT), goldens.rows(cases)))
    print("%d templates (%d errors)" % (len(cases), sum("error" in c for c in cases)))


if __name__ == "__main__":
    main()
