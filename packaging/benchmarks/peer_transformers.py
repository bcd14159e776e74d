"""transformers: its forward pass alone, without the overhead of generate()."""

import torch

from hugging_face import load_model
from serve import PROMPT, STEERED_LAYERS, STEPS, random_ids, seconds, serve

model = load_model()
ids = torch.tensor([random_ids(512, model.config.vocab_size)])


def read(tokens, cache=None):
    return model(tokens, past_key_values=cache, use_cache=True, logits_to_keep=1).past_key_values


def prefill():
    return {"figure": 512 / seconds(lambda _: read(ids))}


def steps(cache):
    for step in range(PROMPT, PROMPT + STEPS):
        read(ids[:, step : step + 1], cache)


def decode():
    """One row, steered by forward hooks."""
    vector = torch.full((model.config.hidden_size,), 0.01, dtype=model.dtype)

    def add(module, inputs, output):
        return (output[0] + vector, *output[1:]) if isinstance(output, tuple) else output + vector

    hooks = [model.model.layers[layer].register_forward_hook(add) for layer in STEERED_LAYERS]
    try:
        return {"figure": STEPS / seconds(steps, prepare=lambda: read(ids[:, :PROMPT]))}
    finally:
        for hook in hooks:
            hook.remove()


serve({"prefill": prefill, "decode": decode})
