"""Shared part of layers with spatial axes: one number for each axis, and windows that move along them."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, GetJsonSchemaHandler, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from core.catalog.entry import Entry
from core.catalog.layers.base import ShapeError, of_rank
from core.catalog.weight import Shape

_PER_AXIS = ("kernel_size", "strides", "dilation_rate", "pool_size", "padding", "size")
_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def per_axis(default: int | None, description: str, *, low: int = 1, high: int = 64, main: bool = False) -> Any:
    """Field of a `Spatial` layer: a whole number for all axes, or a list with one for each. `main` as of `number`."""
    hints: dict[str, Any] = {"main": True} if main else {}
    return Field(default, description=description, json_schema_extra={"per_axis": [low, high], **hints})


class Spatial(Entry):
    """Part of layers whose input has `dimensions` spatial axes, then channels."""

    dimensions: ClassVar[int]

    @classmethod
    def axes(cls) -> tuple[str, ...]:
        """Names of the spatial axes."""
        return _AXES[cls.dimensions]

    @classmethod
    def _limits(cls, field: str) -> tuple[int, int] | None:
        extra = cls.model_fields[field].json_schema_extra
        limits: Any = extra.get("per_axis") if isinstance(extra, dict) else None
        return limits and (limits[0], limits[1])

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        unknown = [field for field in cls.model_fields if cls._limits(field) and field not in _PER_AXIS]
        if unknown:
            raise TypeError(f"{cls.__name__}: add {', '.join(unknown)} to _PER_AXIS, or nothing checks it")

    @field_validator(*_PER_AXIS, mode="before", check_fields=False)
    @classmethod
    def _one_for_each_axis(cls, value: Any, info: ValidationInfo) -> Any:
        field = str(info.field_name)
        limits = cls._limits(field)
        if limits is None or (value is None and cls.model_fields[field].default is None):
            return value
        numbers = value if isinstance(value, list) else [value]
        whole = all(isinstance(each, int) and not isinstance(each, bool) for each in numbers)
        within = whole and all(limits[0] <= each <= limits[1] for each in numbers)
        if within and (not isinstance(value, list) or len(value) == cls.dimensions):
            return value
        several = f" or {cls.dimensions} of them, for {' and '.join(cls.axes())}," if cls.dimensions > 1 else ""
        context = {"several": several, "low": limits[0], "high": limits[1]}
        raise PydanticCustomError("per_axis", "Give a whole number{several} from {low} to {high}", context)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler(core_schema)
        properties = handler.resolve_ref_schema(made).get("properties", {})
        for field, schema in properties.items():
            limits = schema.pop("per_axis", None)
            if limits:
                number = {"type": "integer", "minimum": limits[0], "maximum": limits[1]}
                count = cls.dimensions
                several = {"type": "array", "items": number, "minItems": count, "maxItems": count}
                nothing = [{"type": "null"}] if cls.model_fields[field].default is None else []
                schema["anyOf"] = [number, *([several] if count > 1 else []), *nothing]
        return made

    def each(self, value: int | list[int]) -> Shape:
        """One number for each spatial axis."""
        return tuple(value) if isinstance(value, list) else (value,) * self.dimensions

    def space(self, shape: Shape) -> Shape:
        """The spatial axes of an input.

        Raises:
            ShapeError: if the input has another rank.
        """
        of_rank(shape, self.dimensions + 1, " × ".join((*self.axes(), "channels")))
        return shape[:-1]

    def places(self, space: Shape, window: Shape, strides: Shape, padding: str, dilation: Shape = (1, 1, 1)) -> Shape:
        """Number of positions along each axis of a window that moves by `strides`.

        Raises:
            ShapeError: if the window doesn't fit.
        """
        positions = []
        for axis, length, size, stride, gap in zip(self.axes(), space, window, strides, dilation, strict=False):
            covered = (size - 1) * gap + 1 if padding == "valid" else 1
            if length < covered:
                raise ShapeError(f"needs a {axis} of at least {covered}, gets {length}")
            positions.append((length - covered) // stride + 1)
        return tuple(positions)
