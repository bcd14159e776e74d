"""rotalabs-steer: it reads one text and one layer, and steers one cell, at a time, so a few tell what all take."""

import time

import torch
from rotalabs_steer.core.injection import ActivationInjector
from rotalabs_steer.core.vectors import SteeringVector
from rotalabs_steer.extraction.caa import extract_caa_vector

from hugging_face import contrast_texts, load_model, load_tokenizer
from serve import serve

model = load_model()
tokenizer = load_tokenizer()
texts = contrast_texts(tokenizer)
pairs = [{"positive": positive, "negative": negative} for positive, negative in texts]


def extract_layer(layer):
    extract_caa_vector(model, tokenizer, pairs, layer, show_progress=False)


def extract():
    layers = model.config.num_hidden_layers
    timed = (layers // 4, layers // 2, 3 * layers // 4)
    extract_layer(0)
    start = time.perf_counter()
    for layer in timed:
        extract_layer(layer)
    duration = time.perf_counter() - start
    return {"figure": duration / len(timed) * layers}


def sweep():
    """Texts of 40 tokens at every layer and seven strengths: three cells, scaled. It measures nothing of them."""
    layers = model.config.num_hidden_layers
    timed = (layers // 4, layers // 2, 3 * layers // 4)
    chat = [{"role": "user", "content": "Tell me about your weekend plans."}]
    ids = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt")

    def generate_cell(layer):
        direction = torch.randn(model.config.hidden_size, generator=torch.Generator().manual_seed(1))
        vector = SteeringVector(behavior="random", layer_index=layer, vector=direction, model_name="default")
        with ActivationInjector(model, [vector], strength=1.0):
            model.generate(ids, attention_mask=torch.ones_like(ids), min_new_tokens=40, max_new_tokens=40,
                           do_sample=False, pad_token_id=tokenizer.eos_token_id)

    generate_cell(0)
    start = time.perf_counter()
    for layer in timed:
        generate_cell(layer)
    duration = time.perf_counter() - start
    return {"figure": duration / len(timed) * layers * 7}


serve({"extract": extract, "sweep": sweep})
