"""A trained model as CTranslate2 runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ctranslate2.converters import Converter
from ctranslate2.specs import TransformerSpec
from torch import nn


def save(model: Any, pieces: list[str], folder: Path) -> None:
    """Write the model with 8-bit weights."""
    TorchConverter(model, pieces).convert(str(folder), quantization="int8")


class TorchConverter(Converter):  # type: ignore[misc]
    """Converts a model whose body is torch's own Transformer."""

    def __init__(self, model: Any, pieces: list[str]) -> None:
        self._model, self._pieces = model, pieces

    def _load(self) -> TransformerSpec:
        body = self._model.body
        layers, heads = len(body.encoder.layers), body.encoder.layers[0].self_attn.num_heads
        spec = TransformerSpec.from_config((layers, len(body.decoder.layers)), heads, pre_norm=True)
        words, places = self._model.embed.weight.detach().numpy(), self._model.places.numpy()
        spec.encoder.embeddings[0].weight = spec.decoder.embeddings.weight = words
        spec.decoder.projection.weight = words
        for side, trained in ((spec.encoder, body.encoder), (spec.decoder, body.decoder)):
            side.position_encodings.encodings = places
            _set(side.layer_norm, trained.norm)
            for layer, weights in zip(side.layer, trained.layers, strict=True):
                _attention(layer.self_attention, weights.self_attn, weights.norm1)
                last = weights.norm2
                if hasattr(layer, "attention"):
                    _attention(layer.attention, weights.multihead_attn, weights.norm2)
                    last = weights.norm3
                _set(layer.ffn.layer_norm, last)
                _set(layer.ffn.linear_0, weights.linear1)
                _set(layer.ffn.linear_1, weights.linear2)
        spec.register_source_vocabulary(self._pieces)
        spec.register_target_vocabulary(self._pieces)
        spec.config.decoder_start_token = spec.config.bos_token
        return spec


def _attention(spec: Any, trained: nn.MultiheadAttention, norm: nn.LayerNorm) -> None:
    """Queries, keys and values in one matrix; in cross attention the queries apart."""
    weight, bias = trained.in_proj_weight.detach().numpy(), trained.in_proj_bias.detach().numpy()
    own = len(weight) // 3 if len(spec.linear) == 3 else len(weight)
    for linear, rows in zip(spec.linear[:-1], (slice(0, own), slice(own, None)), strict=False):
        linear.weight, linear.bias = weight[rows], bias[rows]
    _set(spec.linear[-1], trained.out_proj)
    _set(spec.layer_norm, norm)


def _set(spec: Any, trained: nn.Linear | nn.LayerNorm) -> None:
    weight, bias = trained.weight.detach().numpy(), trained.bias.detach().numpy()
    if isinstance(trained, nn.LayerNorm):
        spec.gamma, spec.beta = weight, bias
    else:
        spec.weight, spec.bias = weight, bias
