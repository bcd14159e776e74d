#!/usr/bin/env python3
"""Make the fixtures bpe_word_suffix, bpe_continuing_prefix, unigram_accents and bbpe_nested: see README.md.

    python make_more_tokenizers.py             # writes the four folders
    python make_more_tokenizers.py --check     # compares only
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import make_tokenizer_goldens as g  # noqa: E402
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers  # noqa: E402


def affixed(pre, decoder, **affix):
    tok = Tokenizer(models.BPE(unk_token="<unk>", **affix))
    tok.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tok.pre_tokenizer = pre
    tok.train_from_iterator(g.make_corpus(g.SEED), trainers.BpeTrainer(vocab_size=900, special_tokens=["<unk>", "<end>"],
                                                                      show_progress=False, **affix))
    if decoder is not None:
        tok.decoder = decoder
    return tok


def bpe_word_suffix():
    words = pre_tokenizers.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed", invert=True)
    return affixed(words, decoders.BPEDecoder("</w>"), end_of_word_suffix="</w>")


def bpe_continuing_prefix():
    return affixed(pre_tokenizers.BertPreTokenizer(), None, continuing_subword_prefix="##")


def unigram_accents():
    model = g.train_spm(g.make_corpus(g.SEED), model_type="unigram", vocab_size=800, normalization_rule_name="nfkc",
                        byte_fallback=True, character_coverage=0.998)
    pieces, _ = g.unigram_pieces(model)
    tok = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=True))
    tok.normalizer = normalizers.Sequence([normalizers.Replace("``", '"'), normalizers.Nmt(), normalizers.NFKD(),
                                           normalizers.StripAccents(), normalizers.Lowercase(),
                                           normalizers.Replace(Regex(" {2,}"), " ")])
    tok.pre_tokenizer = pre_tokenizers.Metaspace("\u2581", "always")
    tok.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace("\u2581", "always")])
    g.add_tokens(tok, [g.special("<unk>"), g.special("<s>"), g.special("</s>")])
    tok.post_processor = g.template("$A </s> <s>", ["<s>", "</s>"])(tok)
    return tok


def bbpe_nested():
    expressions = [r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u30ff]+",
                   r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                   r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                   r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"]
    pre = pre_tokenizers.Sequence([pre_tokenizers.Sequence([g.split(e) for e in expressions[:2]]), g.split(expressions[2]),
                                   pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    added = [g.special("<|start|>"), g.special("<|end|>", rstrip=True)] + [g.plain(" " * n) for n in range(8, 1, -1)]
    post = g.sequence_post(g.byte_post(False), g.template("<|start|> $A <|end|>", ["<|start|>", "<|end|>"]))
    return g.byte_bpe(g.make_corpus(g.SEED), pre, 900, added, post=post, ignore_merges=True)


if __name__ == "__main__":
    items = [bpe_word_suffix, bpe_continuing_prefix, unigram_accents, bbpe_nested]
    sys.exit(g.main({item.__name__: item for item in items}, default_out=HERE))
