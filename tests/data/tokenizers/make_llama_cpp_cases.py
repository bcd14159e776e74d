#!/usr/bin/env python3
"""Token ids that llama.cpp gives for GGUF files made from the tokenizers of two folders here.

    python make_llama_cpp_cases.py --lib libllama.so        # writes llama_cpp.json

sentencepiece  tokenizer.ggml.model llama: pieces, scores and types of spm_bpe_llama, plain, without the space
               prefix, and with the tokens that Phi-3's file adds (several of the type unknown, white space
               after special tokens taken along, which llama.cpp knows by general.name)
pre            tokenizer.ggml.model gpt2: vocabulary and merges of bbpe_gpt2, and merges that show where a text is
               cut, under every name of tokenizer.ggml.pre; names with the same answers stand together

ids: special tokens in the text are recognised; ids_special: BOS and EOS added; ids_plain: control tokens in the
text are text. Only strings on which llama.cpp agrees with the models' own regular expressions: it approximates
\\p{M} in those of gpt-4o and tekken.

Made with llama.cpp of October 2026, gguf 0.19.0, sentencepiece 0.2.1.
"""
import argparse
import ctypes
import json
import os
import tempfile

import gguf
import sentencepiece

HERE = os.path.dirname(os.path.abspath(__file__))

TEXTS = [
    "", " ", "Hello world", " Hello  world \n", "  \n  two\n\n\nlines\r\n\ttab", "I'll don't HE'S we'Ve 'tis",
    "12 1234 1234567 3.14159 x1y22z333", "a+b=c; f(x){return x<<2;} // \\n", "Caf\u00e9 na\u00efve \u00c5ngstr\u00f6m \u017f",
    "\u4e16\u754c\u4f60\u597d \u65e5\u672c\u8a9e\u30c6\u30b9\u30c8 \ud55c\uad6d\uc5b4", "\u0421\u043b\u0430\u0432\u0430 \u0633\u0644\u0627\u0645 \u05e9\u05dc\u05d5\u05dd", "\U0001f600\U0001f469\u200d\U0001f4bb!\u2026",
    "http://a.b/c?d=e&f#g", "<s>Hello</s>", "a<unk>b <unk> c", "<0x41> <0x0A>", "x <|user|>\n hi<|end|>  \n<|assistant|> y",
    "                    deep", "ALLCAPS CamelCase snake_case", "end of text   ",
    "1234567 x1234 3.14 12 12345 678", "x!\n\ny/\nz !\n a  \n\n\na", "E'S e'LL d'reams WE'RE l'\u00e9t\u00e9", ".a,a(x= y)AbC lCa 1,234.5",
]
PHI3 = [("<|endoftext|>", 3), ("<|user|>", 3), ("<|end|>", 3), ("<|assistant|>", 4), ("[PAD1]", 2), ("[PAD2]", 2)]
MERGES = ["1 2", "12 3", "123 4", "1234 5", "6 7", "67 8", "3 .", ". 1", "\u0120 1", "\u0120 \u0120", "! \u010a", "/ \u010a",
          "\u010a \u010a", "\u0120 \u010a", "' S", "' L", "'L L", "' r", "'r e", "E '", "e '",
          ". a", ", a", "( x", "= \u0120", "A b", "l C", "b C", "\u00bc \u00e4", "\u00b8 \u0138", "\u010a a", "\u0120\u0120 \u010a"]
PRE = """default gpt-2 phi-2 mpt olmo jais trillion granite-docling gigachat a.x-4.0 mellum exaone4 smollm starcoder
refact command-r codeshell exaone minerva-7b mellum2 llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral lfm2
midm-2.0 dbrx smaug-bpe chatglm-bpe glm4 glm5 qwen2 stablelm2 deepseek-r1-qwen megrez hunyuan kormo grok-2 solar-open
qwen35 gpt-4o llama4 kanana2 minimax-m2 tekken falcon deepseek-llm deepseek-coder deepseek-v3 hunyuan-dense joyai-llm
seed-coder exaone-moe bailingmoe bailingmoe2 llada-moe bloom poro-chat gpt3-finnish viking superbpe""".split()


class ModelParams(ctypes.Structure):
    _fields_ = ([(name, ctypes.c_void_p) for name in ("devices", "overrides")]
                + [(name, ctypes.c_int32) for name in ("gpu_layers", "split", "load", "lazy", "main_gpu")]
                + [(name, ctypes.c_void_p) for name in ("tensor_split", "progress", "user_data", "kv")]
                + [(name, ctypes.c_bool) for name in ("vocab_only", "check", "extra", "no_host", "no_alloc", "mtp")])


class Llama:
    def __init__(self, lib, path):
        self.lib = lib
        lib.llama_model_default_params.restype = ModelParams
        lib.llama_model_load_from_file.argtypes = [ctypes.c_char_p, ModelParams]
        for f in (lib.llama_model_load_from_file, lib.llama_model_get_vocab):
            f.restype = ctypes.c_void_p
        params = lib.llama_model_default_params()
        params.vocab_only = True
        model = lib.llama_model_load_from_file(path.encode(), params)
        if not model:
            raise SystemExit("llama.cpp refuses " + path)
        self.vocab = ctypes.c_void_p(lib.llama_model_get_vocab(ctypes.c_void_p(model)))

    def encode(self, text, add, parse):
        data = text.encode()
        ids = (ctypes.c_int32 * (len(data) + 8))()
        n = self.lib.llama_tokenize(self.vocab, data, len(data), ids, len(ids), ctypes.c_bool(add), ctypes.c_bool(parse))
        return list(ids[:n])

    def rows(self):
        return [{"ids": self.encode(t, False, True), "ids_special": self.encode(t, True, True),
                 "ids_plain": self.encode(t, False, False)} for t in TEXTS]


def load(lib, kind, tokens, types, name="", scores=None, merges=None, pre=None, bos=1, eos=2, space=None):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vocabulary.gguf")
        w = gguf.GGUFWriter(path, "llama")
        w.add_name(name)
        w.add_tokenizer_model(kind)
        w.add_token_list(tokens)
        w.add_token_types(types)
        w.add_bos_token_id(bos)
        w.add_eos_token_id(eos)
        if scores is not None:
            w.add_token_scores(scores)
        if merges is not None:
            w.add_token_merges(merges)
        if pre is not None:
            w.add_tokenizer_pre(pre)
        if space is not None:
            w.add_add_space_prefix(space)
        for add in (w.add_context_length, w.add_embedding_length, w.add_block_count, w.add_head_count,
                    w.add_feed_forward_length):
            add(8)
        w.add_layer_norm_rms_eps(1e-5)
        w.write_header_to_file()
        w.write_kv_data_to_file()
        w.write_tensors_to_file()
        w.close()
        return Llama(lib, path)


def sentencepiece_cases(lib):
    sp = sentencepiece.SentencePieceProcessor(model_file=os.path.join(HERE, "spm_bpe_llama", "tokenizer.model"))
    tokens, types, scores = [], [], []
    for i in range(sp.vocab_size()):
        kind = 2 if sp.is_unknown(i) else 3 if sp.is_control(i) else 6 if sp.is_byte(i) else 5 if sp.is_unused(i) else 1
        tokens.append(sp.id_to_piece(i))
        types.append(kind)
        scores.append(sp.get_score(i))
    result = []
    for name, space, added in (("plain", True, []), ("no space prefix", False, []), ("Phi-3 mini", True, PHI3)):
        llama = load(lib, "llama", tokens + [t for t, _ in added], types + [k for _, k in added], name=name,
                     scores=scores + [-1000.0] * len(added), space=space)
        result.append({"name": name, "space": space, "tokens": [t for t, _ in added], "types": [k for _, k in added],
                       "rows": llama.rows()})
    return result


def pre_cases(lib):
    with open(os.path.join(HERE, "bbpe_gpt2", "tokenizer.json"), encoding="utf-8") as f:
        source = json.load(f)
    vocabulary = source["model"]["vocab"]
    types = {i: 1 for i in vocabulary.values()}
    for token in source["added_tokens"]:
        vocabulary[token["content"]] = token["id"]
        types[token["id"]] = 3 if token["special"] else 4
    tokens = sorted(vocabulary, key=vocabulary.get)
    types = [types[i] for i in range(len(tokens))]
    merges = [m if isinstance(m, str) else " ".join(m) for m in source["model"]["merges"]]
    known = set(tokens)
    more = []
    for merge in MERGES:
        left, right = merge.split(" ")
        if left in known and right in known and left + right not in known:
            known.add(left + right)
            more.append(merge)
    tokens += [m.replace(" ", "") for m in more]
    types += [1] * len(more)
    merges += more
    groups = {}
    for pre in PRE:
        llama = load(lib, "gpt2", tokens, types, merges=merges, pre=pre, bos=0, eos=0)
        rows = [[row["ids"], row["ids_special"]] for row in llama.rows()]
        groups.setdefault(json.dumps(rows), []).append(pre)
    return more, [{"names": names, "rows": json.loads(rows)} for rows, names in groups.items()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lib", required=True, help="a shared library with llama.cpp's C interface")
    lib = ctypes.CDLL(parser.parse_args().lib)
    quiet = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(lambda level, text, data: None)
    lib.llama_log_set(quiet, None)
    more, pre = pre_cases(lib)
    variants = sentencepiece_cases(lib)
    with open(os.path.join(HERE, "llama_cpp.json"), "w", encoding="ascii", newline="\n") as f:
        f.write("{\n\"texts\": %s,\n\"merges\": %s,\n" % (json.dumps(TEXTS), json.dumps(more)))
        f.write("\"sentencepiece\": [\n%s\n],\n" % ",\n".join(json.dumps(v) for v in variants))
        f.write("\"pre\": [\n%s\n]}\n" % ",\n".join(json.dumps(group) for group in pre))
    print("%d texts, %d groups of pre-tokenizers" % (len(TEXTS), len(pre)))


if __name__ == "__main__":
    main()
