"""What rounding costs the default model, emulated in float32 with transformers: the inputs of every matrix product
in 8 bits (quantised_rows.h), keys and values in bfloat16 if asked for. Weights are the GGUF's, dequantised.

Run: emulate_rounding.py GGUF [--cache float32 bfloat16] [--out emulated.json]   (needs torch, transformers, gguf)
The figures are of the same comparisons with golden.json and golden.safetensors as in tst_packed_model.cpp; they are
printed and written, one set for each type of cache. Without rounding the goldens have to come out first.
"""
import argparse, json, pathlib
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, DynamicCache

here = pathlib.Path(__file__).parent
args = argparse.ArgumentParser()
args.add_argument("gguf", type=pathlib.Path)
args.add_argument("--cache", nargs="+", choices=["float32", "bfloat16"], default=["float32", "bfloat16"],
                  help="type that keys and values are kept in; one or both")
args.add_argument("--out", type=pathlib.Path, default=here / "emulated.json")
args = args.parse_args()

torch.set_grad_enabled(False)
model = AutoModelForCausalLM.from_pretrained(args.gguf.parent, gguf_file=args.gguf.name, dtype=torch.float32,
                                             attn_implementation="eager").eval()
blocks = model.model.layers
meta, tensors = json.loads((here / "golden.json").read_text()), load_file(here / "golden.safetensors")
vectors = tensors["mean_difference.completion_mean"]


def rounded(x):
    chunks = x.unflatten(-1, (-1, 32))
    scale = chunks.abs().amax(-1, keepdim=True) * (1 / 127)
    inverse = torch.where(scale > 0, 1 / scale, 0)
    return ((chunks * inverse).round() * scale).flatten(-2)


class BFloat16Cache(DynamicCache):
    def update(self, keys, values, *rest, **more):
        return super().update(keys.bfloat16().float(), values.bfloat16().float(), *rest, **more)


def run(ids, cache, layer=0, strength=0.0):
    """-> resid [layers, seq, hidden], logits [seq, vocab]"""
    grabbed = []
    def after(_m, _a, out):
        x = out[0] if isinstance(out, tuple) else out
        if len(grabbed) == layer and strength != 0:
            x = x + strength * vectors[layer]
        grabbed.append(x[0])
        return (x,) + out[1:] if isinstance(out, tuple) else x
    hooks = [b.register_forward_hook(after) for b in blocks]
    kept = BFloat16Cache() if cache == "bfloat16" else DynamicCache()
    logits = model(torch.tensor([ids]), past_key_values=kept, use_cache=True).logits[0]
    for h in hooks: h.remove()
    return torch.stack(grabbed), logits


def measured(cache):
    errors = []
    for k, f in enumerate(meta["forward"]):
        resid, _ = run(f["ids"], cache)
        for which, position in (("first", 0), ("last", -1)):
            golden = tensors[f"forward.{k}.resid_{which}"].double()
            errors.append((resid[:, position].double() - golden).norm(dim=-1) / golden.norm(dim=-1))

    prompt, neutral, entries = meta["forward"][1]["ids"], meta["neutral_ids"], []
    base = run(neutral, cache)[1].log_softmax(-1)
    for s in meta["steered"]:
        steer, ids = (s["layer"], s["strength"]), s["greedy_ids"]
        choices = run(prompt + ids, cache, *steer)[1][len(prompt) - 1:-1].argmax(-1)
        lp = run(neutral, cache, *steer)[1].log_softmax(-1)
        entries.append({"layer": s["layer"], "strength": s["strength"],
            "same_first_choices": int((choices == torch.tensor(ids)).sum()),
            "neutral_kl_steered_from_base": round((lp.exp() * (lp - base)).sum(-1).mean().item(), 6),
            "golden_kl": s["neutral_kl_steered_from_base"]})

    same, positions = (sum(e["same_first_choices"] for e in entries), sum(len(s["greedy_ids"]) for s in meta["steered"]))
    return {"same_first_choices": same, "positions": positions, "share": round(same / positions, 6),
            "largest_relative_residual_error": round(torch.stack(errors).max().item(), 6), "steered": entries}


exact = measured("float32")
assert exact["share"] == 1 and exact["largest_relative_residual_error"] < 1e-4, exact
assert all(abs(e["neutral_kl_steered_from_base"] - e["golden_kl"]) < 1e-4 for e in exact["steered"]), exact

products = [m for m in model.modules() if isinstance(m, torch.nn.Linear)]
assert model.lm_head in products and len(products) == 7 * len(blocks) + 1
for m in products: m.register_forward_pre_hook(lambda _m, a: (rounded(a[0]),))

text = json.dumps({"cache": {cache: measured(cache) for cache in args.cache}}, indent=1)
args.out.write_text(text + "\n")
print(text)
