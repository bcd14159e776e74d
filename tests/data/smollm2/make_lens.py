"""Logit lens of the default model, with transformers in float32: of directions, and of the states of one text.

Run: make_lens.py GGUF   (needs torch, transformers, gguf). Writes lens.json.
"""
import json, pathlib, sys
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

here = pathlib.Path(__file__).parent
gguf = pathlib.Path(sys.argv[1])
torch.set_grad_enabled(False)
model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32,
                                             attn_implementation="eager").eval()
tensors = load_file(here / "golden.safetensors")
read_out = lambda h: model.lm_head(model.model.norm(h))


def tops(values, k):
    best = values.topk(k)
    return [{"id": i, "value": round(v, 5)} for i, v in zip(best.indices.tolist(), best.values.tolist())]


directions = []
for layer in (5, 14, 25):
    v = tensors["mean_difference.completion_mean"][layer]
    logits = read_out(v / v.norm() * v.numel() ** 0.5)
    directions.append({"layer": layer, "raised": tops(logits, 12),
                       "lowered": [{**t, "value": -t["value"]} for t in tops(-logits, 12)]})

ids = json.loads((here / "golden.json").read_text())["forward"][0]["ids"]
grabbed = []
hooks = [b.register_forward_hook(lambda _m, _a, o: grabbed.append((o[0] if isinstance(o, tuple) else o)[0, -1]))
         for b in model.model.layers]
model(torch.tensor([ids]))
states = [{"layer": layer, "norm": round(grabbed[layer].norm().item(), 4),
           "tokens": tops(read_out(grabbed[layer]).softmax(-1), 5)} for layer in (0, 10, 20, 29)]
(here / "lens.json").write_text(json.dumps({"directions": directions, "ids": ids, "states": states}, indent=1))
