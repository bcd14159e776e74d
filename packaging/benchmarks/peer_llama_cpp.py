"""llama.cpp through its C interface: llama_decode alone is timed, and no token is chosen."""

import ctypes
import functools
import sys
from pathlib import Path

import llama_cpp as llama

from serve import PROMPT, STEERED_LAYERS, STEPS, random_ids, seconds, serve, threads

MODEL, FOLDER = map(Path, sys.argv[1:3])


@llama.llama_log_callback
def silence(level, text, data):
    pass


def requantised():
    """The Q4_0 of the model, the type that llama.cpp multiplies fastest; made once."""
    path = FOLDER / (MODEL.stem + ".requantised.Q4_0.gguf")
    if not path.exists():
        partial = path.with_suffix(".partial")
        params = llama.llama_model_quantize_default_params()
        params.ftype = llama.LLAMA_FTYPE_MOSTLY_Q4_0
        params.allow_requantize = True
        params.nthread = threads()
        if llama.llama_model_quantize(bytes(MODEL), bytes(partial), params) != 0:
            sys.exit("the model could not be quantised to Q4_0")
        partial.rename(path)
    return path


class Stream:
    """A model with one context."""

    def __init__(self, path, flash_attention):
        self.model = llama.llama_model_load_from_file(bytes(path), llama.llama_model_default_params())
        params = llama.llama_context_default_params()
        params.n_ctx = 1024
        params.n_batch = params.n_ubatch = 512
        params.n_threads = params.n_threads_batch = threads()
        params.flash_attn_type = flash_attention
        params.no_perf = True
        self.context = llama.llama_init_from_model(self.model, params)
        vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self.model))
        ids = random_ids(512, vocabulary)
        self.ids = (llama.llama_token * len(ids))(*ids)

    def steer(self, steered):
        width = llama.llama_model_n_embd(self.model)
        count = width * (llama.llama_model_n_layer(self.model) - 1)  # from layer 1 on
        data = (ctypes.c_float * count)(*[0.01] * count) if steered else None
        if llama.llama_set_adapter_cvec(self.context, data, count if steered else 0, width, *STEERED_LAYERS) != 0:
            sys.exit("llama.cpp refuses the control vector")

    def decode(self, first, count):
        tokens = (llama.llama_token * count).from_buffer(self.ids, first * ctypes.sizeof(llama.llama_token))
        if llama.llama_decode(self.context, llama.llama_batch_get_one(tokens, count)) != 0:
            sys.exit("llama_decode failed")
        llama.llama_synchronize(self.context)

    def forget(self):
        llama.llama_memory_clear(llama.llama_get_memory(self.context), True)

    def prefill_seconds(self):
        return seconds(lambda _: self.decode(0, 512), prepare=self.forget)

    def decode_seconds(self):
        def prompt():
            self.forget()
            self.decode(0, PROMPT)

        def steps(_):
            for step in range(STEPS):
                self.decode(PROMPT + step, 1)

        return seconds(steps, prepare=prompt)


@functools.cache
def stream(file, flash_attention):
    return Stream(MODEL if file == "as it is" else requantised(), flash_attention)


@functools.cache
def fastest(file, task):
    """The stream whose attention, flash or plain, is the faster one for a task."""
    candidates = [
        stream(file, kind) for kind in (llama.LLAMA_FLASH_ATTN_TYPE_ENABLED, llama.LLAMA_FLASH_ATTN_TYPE_DISABLED)
    ]
    return min(candidates, key=task)


def prefill(file):
    return {"figure": 512 / fastest(file, Stream.prefill_seconds).prefill_seconds()}


def decode(file, steered):
    chosen = fastest(file, Stream.decode_seconds)
    chosen.steer(steered)
    return {"figure": STEPS / chosen.decode_seconds()}


llama.llama_log_set(silence, None)
llama.llama_backend_init()
serve({"prefill": prefill, "decode": decode})
