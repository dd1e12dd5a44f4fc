import { describe, expect, it } from "vitest";
import { defaultsOf, entryOf, fieldsOf } from "./catalog";
import { catalog } from "./fixture";

const dense = entryOf(catalog.layers, "dense");

describe("fieldsOf", () => {
  it("reads each kind of field from its schema", () => {
    const types = dense && fieldsOf(dense.schema, catalog).map((field) => [field.name, field.type]);
    expect(types).toEqual([
      ["name", "text"],
      ["units", "number"],
      ["activation", "choice"],
      ["use_bias", "flag"],
      ["kernel_constraint", "entry"],
      ["bias_constraint", "entry"],
      ["kernel_regularizer", "entry"],
      ["bias_regularizer", "entry"],
    ]);
    expect(fieldsOf(catalog.split.schema, catalog)[0]?.type).toBe("share");
    const [optimizer] = fieldsOf(catalog.training.schema, catalog);
    expect(optimizer?.type === "entry" && optimizer.kinds.map((each) => each.kind)).toEqual(["adam"]);
    const stopping = fieldsOf(catalog.training.schema, catalog).find((field) => field.name === "early_stopping");
    expect(stopping).toMatchObject({ type: "object", nullable: true });
    const [, size] = fieldsOf(entryOf(catalog.layers, "conv2d")?.schema ?? {}, catalog);
    expect(size).toMatchObject({ type: "numbers", single: true, minItems: 2, maxItems: 2, min: 1 });
  });

  it("gives an entry its defaults", () => {
    expect(dense && defaultsOf(dense, catalog)).toEqual({
      kind: "dense",
      name: null,
      units: 32,
      activation: "relu",
      use_bias: true,
      kernel_constraint: null,
      bias_constraint: null,
      kernel_regularizer: null,
      bias_regularizer: null,
    });
  });
});
