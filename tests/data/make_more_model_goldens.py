#!/usr/bin/env python3
"""Goldens of variants that make_model_goldens.py leaves out, in the same form.

Checkpoint folders: Phi 2, StableLM with parallel residual and norms on heads, Phi 3 with LongRoPE (below and
beyond its original context), Gemma 3 inside a model that sees images, a configuration spelt as transformers 5
does.  GGUF files of the families whose goldens there are folders only, converted as llama.cpp's
convert_hf_to_gguf.py does: row order of q and k, fused matrices, stacked experts, metadata keys.

    make_more_model_goldens.py --out models [--only NAME ...]

Needs what make_model_goldens.py needs, which it imports.
"""
from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig
from transformers.models.stablelm.modeling_stablelm import StableLmPreTrainedModel

import make_model_goldens as base
from make_model_goldens import Spec, specials

SEED = base.DEFAULT_SEED
EPS = dict(rms_norm_eps=1e-2)
SMALL = dict(num_hidden_layers=3, num_attention_heads=4, vocab_size=131, max_position_embeddings=64)


plain_randomise = base.randomise


def randomise(model, rng) -> None:
    """base.randomise looks for the final norm under the names of its own families."""
    if model.config.model_type == "phi":
        named = model.named_modules
        model.named_modules = lambda *a, **k: ((n.replace("final_layernorm", "norm"), m) for n, m in named(*a, **k))
    plain_randomise(model, rng)
    model.__dict__.pop("named_modules", None)


base.randomise = randomise
# Its initialisation fails on norms without bias; every weight is drawn anew here.
StableLmPreTrainedModel._init_weights = lambda self, module: None


def nested_config(c: dict) -> None:
    """As google/gemma-3-4b: the decoder's fields inside text_config, class defaults left out."""
    text = {k: v for k, v in c.items() if k not in ("architectures", "transformers_version", "dtype")}
    text["model_type"] = "gemma3_text"
    c.clear()
    c.update(architectures=["Gemma3ForConditionalGeneration"], model_type="gemma3", text_config=text,
             vision_config={"model_type": "siglip_vision_model"})


def nested_names(t: dict, cfg) -> dict:
    out = {f"language_model.{k}": v for k, v in t.items()}
    out["vision_tower.vision_model.embeddings.patch_embedding.weight"] = torch.zeros(2, 2)
    out["multi_modal_projector.mm_input_projection_weight"] = torch.zeros(2, 2)
    return out


def spelt_as_transformers_5(c: dict) -> None:
    """rope_theta and rope_scaling inside rope_parameters."""
    scaling = c.pop("rope_scaling")
    c["rope_parameters"] = dict(scaling, rope_theta=c.pop("rope_theta"))


def folder_specs() -> list[Spec]:
    phi3 = specials(hidden_size=48, intermediate_size=60, num_key_value_heads=2, rope_theta=5000.0,
                    tie_word_embeddings=False, **EPS, **dict(SMALL, max_position_embeddings=96))
    factors = dict(type="longrope", short_factor=[1.0, 1.1, 1.3, 1.6, 2.0, 2.5],
                   long_factor=[1.5, 2.0, 3.0, 4.5, 7.0, 9.0])
    return [
        Spec("phi", "phi", specials(hidden_size=48, intermediate_size=80, partial_rotary_factor=0.5,
             layer_norm_eps=1e-2, hidden_act="gelu_new", tie_word_embeddings=False, **SMALL),
             "Attention and MLP in parallel on one layer norm; biases everywhere, on the output too."),
        Spec("stablelm_parallel", "stablelm", specials(hidden_size=48, intermediate_size=72,
             partial_rotary_factor=0.25, rope_theta=2000.0, use_qkv_bias=False, qk_layernorm=True,
             use_parallel_residual=True, tie_word_embeddings=False, layer_norm_eps=2e-2,
             **dict(SMALL, num_attention_heads=3, num_key_value_heads=1)),
             "Parallel residual on one norm; a layer norm for each head of q and k.",
             {"norms on heads ignored": dict(qk_layernorm=False)}),
        Spec("phi3_longrope_short", "phi3", dict(phi3, original_max_position_embeddings=32, rope_scaling=factors),
             "rope_scaling longrope, every sequence within the original context: the short factors.",
             {"rope_scaling ignored": dict(rope_scaling=None)}),
        Spec("phi3_longrope_long", "phi3", dict(phi3, original_max_position_embeddings=8, rope_scaling=factors),
             "rope_scaling longrope, every sequence beyond the original context: the long factors.",
             {"rope_scaling ignored": dict(rope_scaling=None)}),
        Spec("gemma3_nested", "gemma3_text", specials(hidden_size=32, intermediate_size=64, num_hidden_layers=7,
             num_attention_heads=8, num_key_value_heads=4, head_dim=16, vocab_size=131,
             max_position_embeddings=64, tie_word_embeddings=True, sliding_window=6, query_pre_attn_scalar=20,
             rope_theta=1e6, rope_local_base_freq=1e4, **EPS),
             "The decoder of a model that sees images: fields in text_config, names behind language_model."),
        Spec("llama3_spelt5", "llama", specials(hidden_size=64, intermediate_size=96, num_key_value_heads=2,
             tie_word_embeddings=False, rope_theta=500000.0, rope_scaling=dict(
                 rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                 original_max_position_embeddings=64), **EPS, **dict(SMALL, max_position_embeddings=512)),
             "config.json as transformers 5 spells it: rope_parameters.",
             {"rope_scaling ignored": dict(rope_scaling=None)}, patch_config=spelt_as_transformers_5),
    ]


def make_folder(spec: Spec, out: Path) -> None:
    """base.make_family loads what it saved, so renamings come afterwards."""
    late = spec.name in ("gemma3_nested", "llama3_spelt5")
    patch, spec.patch_config = spec.patch_config, None if late else spec.patch_config
    base.make_family(spec, SEED, out)
    folder = out / spec.name
    config = json.loads((folder / "config.json").read_text())
    if spec.name == "gemma3_nested":
        nested_config(config)
        f = folder / "model.safetensors"
        save_file({k: v.contiguous() for k, v in nested_names(load_file(f), None).items()}, f)
    elif late:
        patch(config)
    base.dump_json(folder / "config.json", config)


# ---------------------------------------------------------------------------------------------
# GGUF
# ---------------------------------------------------------------------------------------------
ARCHITECTURE = {"gpt_neox": "gptneox", "phi": "phi2", "qwen3_moe": "qwen3moe", "mixtral": "llama"}
VOCABULARY = 272


def gguf_specs() -> list[tuple[str, str, dict]]:
    """(name, model_type, configuration)"""
    b = dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, vocab_size=VOCABULARY,
             max_position_embeddings=64)
    gqa = dict(b, num_key_value_heads=2, intermediate_size=96, **EPS)
    return [
        ("gemma", "gemma", specials(**dict(gqa, head_dim=32, tie_word_embeddings=True))),
        ("gpt_neox", "gpt_neox", specials(**b, intermediate_size=96, rotary_pct=0.25, layer_norm_eps=1e-2,
                                          use_parallel_residual=True, tie_word_embeddings=False)),
        ("mixtral", "mixtral", specials(**gqa, num_local_experts=4, num_experts_per_tok=2, tie_word_embeddings=False)),
        ("olmo2", "olmo2", specials(**gqa, rope_theta=500000.0, tie_word_embeddings=False)),
        ("phi2", "phi", specials(**b, intermediate_size=96, partial_rotary_factor=0.5, layer_norm_eps=1e-2,
                                 hidden_act="gelu_new", tie_word_embeddings=False)),
        ("phi3", "phi3", specials(**gqa, original_max_position_embeddings=64, sliding_window=9,
                                  tie_word_embeddings=False)),
        ("phi3_longrope", "phi3", specials(**gqa, original_max_position_embeddings=8, sliding_window=None,
            tie_word_embeddings=False, rope_scaling=dict(
                type="longrope", short_factor=[1.0, 1.1, 1.3, 1.6, 2.0, 2.5, 3.0, 3.5],
                long_factor=[1.5, 2.0, 3.0, 4.5, 7.0, 9.0, 11.0, 13.0]))),
        ("qwen3", "qwen3", specials(**gqa, head_dim=32, rope_theta=1e6, tie_word_embeddings=True)),
        ("qwen3_moe", "qwen3_moe", specials(**gqa, head_dim=16, moe_intermediate_size=32, num_experts=6,
            num_experts_per_tok=2, norm_topk_prob=True, mlp_only_layers=[], decoder_sparse_step=1,
            tie_word_embeddings=False)),
        ("smollm3", "smollm3", specials(**dict(gqa, num_hidden_layers=5), rope_theta=50000.0, tie_word_embeddings=True)),
        ("stablelm", "stablelm", specials(**{k: v for k, v in gqa.items() if k != "rms_norm_eps"},
            layer_norm_eps=1e-2, partial_rotary_factor=0.5, use_qkv_bias=True, tie_word_embeddings=False)),
    ]


def converted(model_type: str, cfg, state: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """Tensors under llama.cpp's names and in its forms."""
    architecture = ARCHITECTURE.get(model_type, model_type)
    names = gguf.get_tensor_name_map(
        {v: k for k, v in gguf.MODEL_ARCH_NAMES.items()}[architecture], cfg.num_hidden_layers)
    out, experts = {}, {}
    for name, tensor in state.items():
        if name == "lm_head.weight" and cfg.tie_word_embeddings:
            continue
        a = tensor.detach().float().numpy()
        if ".experts." in name:
            block, expert = name.split(".")[2], int(name.split(".")[-3])
            part = name.split(".")[-2]
            kind = {"w1": "gate", "w2": "down", "w3": "up"}.get(part, part.removesuffix("_proj"))
            experts.setdefault(f"blk.{block}.ffn_{kind}_exps.weight", {})[expert] = a
            continue
        if model_type == "gpt_neox" and "query_key_value" in name:
            shape = (cfg.num_attention_heads, 3, cfg.hidden_size // cfg.num_attention_heads) + a.shape[1:]
            a = a.reshape(shape).swapaxes(0, 1).reshape(a.shape)
        if model_type in ("mixtral", "smollm3") and name.endswith(("q_proj.weight", "k_proj.weight")):
            a = base.permute(a, cfg.num_attention_heads if "q_proj" in name else cfg.num_key_value_heads)
        if model_type == "gemma" and name.endswith("norm.weight"):
            a = a + np.float32(1)
        new = names.get_name(name, try_suffixes=(".weight", ".bias"))
        assert new, name
        out[new] = a
    for name, by_number in experts.items():
        out[name] = np.stack([by_number[i] for i in range(len(by_number))])
    return out


def write_metadata(w: gguf.GGUFWriter, model_type: str, cfg) -> None:
    head = getattr(cfg, "head_dim", None) or cfg.hidden_size // cfg.num_attention_heads
    share = getattr(cfg, "partial_rotary_factor", None) or getattr(cfg, "rotary_pct", 1.0)
    w.add_context_length(cfg.max_position_embeddings)
    w.add_embedding_length(cfg.hidden_size)
    w.add_block_count(cfg.num_hidden_layers)
    w.add_feed_forward_length(cfg.intermediate_size)
    w.add_head_count(cfg.num_attention_heads)
    w.add_rope_dimension_count(int(head * share))
    w.add_rope_freq_base(getattr(cfg, "rope_theta", 10000.0))
    if model_type in ("gemma", "qwen3", "qwen3_moe"):
        w.add_key_length(head)
        w.add_value_length(head)
    if model_type != "gpt_neox":
        w.add_head_count_kv(cfg.num_key_value_heads)
    if hasattr(cfg, "rms_norm_eps"):
        w.add_layer_norm_rms_eps(cfg.rms_norm_eps)
    else:
        w.add_layer_norm_eps(cfg.layer_norm_eps)
    if model_type in ("gpt_neox", "stablelm"):
        w.add_parallel_residual(cfg.use_parallel_residual)
    if model_type in ("mixtral", "qwen3_moe"):
        w.add_expert_count(getattr(cfg, "num_local_experts", None) or cfg.num_experts)
        w.add_expert_used_count(cfg.num_experts_per_tok)
    if model_type == "qwen3_moe":
        w.add_expert_feed_forward_length(cfg.moe_intermediate_size)
    if model_type == "phi3":
        w.add_sliding_window(cfg.sliding_window or 0)
        w.add_rope_scaling_orig_ctx_len(cfg.original_max_position_embeddings)
        if cfg.rope_scaling:
            scale = cfg.max_position_embeddings / cfg.original_max_position_embeddings
            w.add_rope_scaling_attn_factors(
                float(np.sqrt(1 + np.log(scale) / np.log(cfg.original_max_position_embeddings))))


def make_gguf(name: str, model_type: str, config: dict, out: Path) -> None:
    folder = out / "gguf" / f"more_{name}"
    folder.mkdir(parents=True, exist_ok=True)
    cfg = AutoConfig.for_model(model_type, **copy.deepcopy(config))
    for attempt in range(400):
        rng = base.family_rng(SEED, f"more_{name}", attempt)
        model = base.build_model(cfg)
        base.randomise(model, rng)
        layer = cfg.num_hidden_layers // 2
        inputs = {"input_ids": base.make_inputs(rng, VOCABULARY)["input_ids"]}
        norm = float(base.full_run(model, inputs["input_ids"])["resid"][layer].norm(dim=-1).mean())
        v = torch.from_numpy(rng.standard_normal(cfg.hidden_size)).float()
        v = v / v.norm() * norm * 0.5
        tensors, info = base.compute(model, inputs, v, layer, full=False)
        why = base.objections(tensors, info, eos=1)
        if not why:
            break
    else:
        raise RuntimeError(f"{name}: no good seed, last: {why}")
    w = gguf.GGUFWriter(folder / "model.gguf", ARCHITECTURE.get(model_type, model_type))
    w.add_name(f"tiny {name}")
    write_metadata(w, model_type, cfg)
    base.add_tokenizer(w, model_type)
    if scaling := getattr(cfg, "rope_scaling", None):
        w.add_tensor("rope_factors_short.weight", np.array(scaling["short_factor"], dtype=np.float32))
        w.add_tensor("rope_factors_long.weight", np.array(scaling["long_factor"], dtype=np.float32))
    for key, value in converted(model_type, cfg, model.state_dict()).items():
        w.add_tensor(key, np.ascontiguousarray(value))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    save_file(tensors, folder / "golden.safetensors")
    base.dump_json(folder / "golden.json", dict(
        family=model_type, steering=dict(layer=layer, strength=base.STRENGTH),
        notes="float32; llama.cpp's names, metadata and forms", made_by="make_more_model_goldens.py",
        seed=SEED, attempt=attempt))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*")
    args = parser.parse_args()
    for spec in folder_specs():
        if not args.only or spec.name in args.only:
            make_folder(spec, args.out)
            print(spec.name)
    for name, model_type, config in gguf_specs():
        if not args.only or f"gguf/{name}" in args.only:
            make_gguf(name, model_type, config, args.out)
            print(f"gguf/more_{name}")


if __name__ == "__main__":
    main()
