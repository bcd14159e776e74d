"""rotalabs-steer: it reads one text and one layer at a time, so a few layers tell what all of them take."""

import time

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


serve({"extract": extract})
