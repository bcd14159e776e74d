"""The model as transformers' users have it: bfloat16, expanded from the file. Shared by the peers on top of it."""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from serve import threads

MODEL, _, CONTRAST = map(Path, sys.argv[1:4])

torch.set_num_threads(threads())
torch.set_grad_enabled(False)


def load_model():
    model = AutoModelForCausalLM.from_pretrained(MODEL.parent, gguf_file=MODEL.name, dtype=torch.bfloat16)
    return model.eval()


def load_tokenizer():
    return AutoTokenizer.from_pretrained(MODEL.parent, gguf_file=MODEL.name)


def contrast_texts(tokenizer):
    """The bundled pairs as (positive, negative), token by token what Tiller reads."""

    def rendered(prompt, answer):
        chat = [{"role": "user", "content": prompt}]
        head = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        return head.removeprefix(tokenizer.bos_token) + answer  # the tokenizer puts one in front

    pairs = json.loads(CONTRAST.read_text())["pairs"]
    return [(rendered(p["prompt"], p["positive"]), rendered(p["prompt"], p["negative"])) for p in pairs]
