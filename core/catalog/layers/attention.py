"""Attention: every step of a sequence takes a weighted mean of all steps, with weights that it chooses itself."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.entry import number
from core.catalog.layers.base import (
    MAX_VALUES,
    BuildContext,
    Group,
    Layer,
    ShapeError,
    WithBias,
    WithKernel,
    initializer,
    of_rank,
)
from core.catalog.weight import Shape, Weight


def seeded_apart(initializer: Any, seeds: list[int]) -> Any:
    """`initializer` for a layer that copies it for each of its kernels: each copy draws with the next of `seeds`.

    Keras' attention layers do that; with a single seed, query, key and value would start equal.
    """
    kind, remaining = type(initializer), iter(seeds)
    copied = classmethod(lambda _, config: kind(**{**config, "seed": next(remaining)}))
    return type(kind.__name__, (kind,), {"from_config": copied})(**initializer.get_config())


def projections(where: str) -> tuple[Weight, Weight]:
    """Kernel and bias of an attention layer whose four sublayers, which share one constraint, are at `where`."""
    parts = [where.format(name) for name in ("query", "key", "value", "output")]
    unit = "each query, key and value unit's {} incoming weights; of the output's kernel, the weights of all heads"
    return (
        Weight("kernel", 3, (0,), unit, tuple(f"{part}.kernel" for part in parts)),
        Weight(
            "bias",
            1,
            (),
            "each bias by itself",
            tuple(f"{part}.bias" for part in parts),
            "takes norms over the heads for query, key and value, and over the whole bias vector of the output",
        ),
    )


class Attention(WithBias, WithKernel, Layer):
    """Base of self-attention layers: query, key and value are all computed from the previous layer's output."""

    group: ClassVar[Group] = "attention"

    def heads(self) -> tuple[int, int, int]:
        """Number of query heads, of key and value heads, and the size of a head."""
        raise NotImplementedError

    def arguments(self, before: Any, others: list[Any]) -> tuple[Any, ...]:
        return (before, before)

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        of_rank(shape, 2, "steps × features")
        heads, steps = self.heads()[0], shape[0]
        if heads * steps**2 > 4 * MAX_VALUES:
            limit = int((4 * MAX_VALUES / heads) ** 0.5)
            raise ShapeError(f"allows at most {limit} steps with {heads} heads, gets {steps}: use fewer of either")
        return shape

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        features = shape[-1]
        queries, keys, size = self.heads()
        inner: list[Shape] = [(queries, size), (keys, size), (keys, size)]
        kernels: list[Shape] = [*((features, *each) for each in inner), (queries, size, features)]
        return {"kernel": kernels, **self.bias_shapes(*inner, (features,))}

    def multiply_adds(self, shape: Shape, given: Shape) -> int:
        heads, _, size = self.heads()
        compared = 2 * heads * size * shape[0] ** 2  # each step with every other, and the mean over all
        return super().multiply_adds(shape, given) + compared

    def attention_arguments(self, context: BuildContext) -> dict[str, Any]:
        """Arguments of the Keras layer that initialise, constrain and penalise its weights."""
        seeds = [context.part_seed(part) for part in range(4)]
        apart = Call(seeded_apart, initializer(self.kernel_initializer, context), seeds)
        return {
            **self.changed("use_bias"),
            **self.built_weights(context),
            "kernel_initializer": apart,
            "name": self.name,
        }


class MultiHeadAttention(Attention):
    """Self-attention with several heads (Vaswani et al. 2017, arXiv:1706.03762). It ignores the order of the steps.

    One constraint acts on four kernels: of query, key and value, (features, heads, key dimension), and of the output,
    (heads, key dimension, features). By default a norm is taken along axis 0 of each, as in Keras: over a unit's
    incoming weights in the first three, and over the heads in the last, where a unit's weights are axes 0 and 1.
    """

    title: ClassVar = "MultiHeadAttention"
    summary: ClassVar = "Every step attends to all steps, with several heads"
    weights: ClassVar = projections("{}_dense")
    kind: Literal["multi_head_attention"] = "multi_head_attention"
    num_heads: int = number(2, ge=1, le=64, step=1, description="Number of heads.")
    key_dim: int = number(16, ge=1, le=1024, step=1, log=True, description="Size of each head's query, key and value.")

    def heads(self) -> tuple[int, int, int]:
        return self.num_heads, self.num_heads, self.key_dim

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        settings = {"num_heads": self.num_heads, "key_dim": self.key_dim}
        return Call("keras.layers.MultiHeadAttention", **settings, **self.attention_arguments(context))

    def describe(self) -> str:
        return f"{self.num_heads} heads of {self.key_dim}"


class GroupQueryAttention(Attention):
    """Self-attention in which several query heads share key and value (Ainslie et al. 2023, arXiv:2305.13245).

    One constraint acts on four kernels, as in multi-head attention.
    """

    title: ClassVar = "GroupQueryAttention"
    summary: ClassVar = "Attention whose heads share keys and values"
    weights: ClassVar = projections("_{}_dense")
    kind: Literal["group_query_attention"] = "group_query_attention"
    head_dim: int = number(16, ge=1, le=1024, step=1, log=True, description="Size of each head.")
    num_query_heads: int = number(4, ge=1, le=64, step=1, description="Number of query heads.")
    num_key_value_heads: int = number(2, ge=1, le=64, step=1, description="Number of key and value heads.")

    @field_validator("num_key_value_heads")
    @classmethod
    def _queries_divided(cls, heads: int, info: ValidationInfo) -> int:
        queries = info.data.get("num_query_heads")
        if queries is not None and queries % heads:
            raise PydanticCustomError(
                "heads", "Must divide the number of query heads, which is {heads}", {"heads": queries}
            )
        return heads

    def heads(self) -> tuple[int, int, int]:
        return self.num_query_heads, self.num_key_value_heads, self.head_dim

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        names = ("head_dim", "num_query_heads", "num_key_value_heads")
        settings = {name: getattr(self, name) for name in names}
        return Call("keras.layers.GroupQueryAttention", **settings, **self.attention_arguments(context))

    def describe(self) -> str:
        return f"{self.num_query_heads} heads of {self.head_dim}, {self.num_key_value_heads} of keys and values"
