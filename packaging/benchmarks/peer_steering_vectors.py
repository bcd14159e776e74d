"""steering-vectors: all layers in one pass, as its documentation shows, in batches of 8."""

from steering_vectors import train_steering_vector

from hugging_face import contrast_texts, load_model, load_tokenizer
from serve import seconds, serve

model = load_model()
tokenizer = load_tokenizer()
texts = contrast_texts(tokenizer)


def extract():
    def run(_):
        vector = train_steering_vector(model, tokenizer, texts, batch_size=8)
        assert len(vector.layer_activations) == model.config.num_hidden_layers

    return {"figure": seconds(run)}


serve({"extract": extract})
