/** A catalog and a draft for tests, shaped as the service gives them. */
import type { Catalog, CatalogEntry, Schema } from "./catalog";
import type { Draft } from "./draft";

const axis: Schema = {
  anyOf: [{ type: "integer" }, { type: "array", items: { type: "integer" } }, { type: "null" }],
  default: null,
  title: "Axis",
  widget: "axis",
};

const entry = (kind: string, title: string, properties: Record<string, Schema>, more?: object): CatalogEntry => ({
  kind,
  title,
  summary: title,
  description: title,
  schema: { type: "object", properties: { kind: { const: kind, default: kind }, ...properties } },
  ...more,
});

const limit = (title: string, value: number): Schema => ({
  type: "number",
  title,
  default: value,
  minimum: 0,
  maximum: 1e6,
  step: 0.1,
});

const constraints = [
  entry("max_norm", "Max norm", { max_value: { ...limit("Limit", 2), scale: "log" }, axis }, { feasible: "disc" }),
  entry("non_neg", "Non-negative", {}, { feasible: "quadrant" }),
  entry("unit_norm", "Unit norm", { axis }, { feasible: "circle" }),
  entry(
    "min_max_norm",
    "Min-max norm",
    {
      min_value: limit("Lower limit", 0),
      max_value: limit("Upper limit", 1),
      rate: { type: "number", title: "Rate", default: 1, minimum: 0, maximum: 1 },
      axis,
    },
    { feasible: "ring" },
  ),
];

const constraint = (title: string): Schema => ({
  anyOf: [
    { discriminator: { mapping: Object.fromEntries(constraints.map(({ kind }) => [kind, `#/$defs/${kind}`])) } },
    { type: "null" },
  ],
  default: null,
  title,
});

const weights = [
  { name: "kernel", field: "kernel_constraint", unit_axis: [0], unit_words: "each unit's incoming weights" },
  { name: "bias", field: "bias_constraint", unit_axis: [], unit_words: "each unit's bias by itself" },
];

const dense: Record<string, Schema> = {
  kernel_constraint: constraint("Kernel constraint"),
  bias_constraint: constraint("Bias constraint"),
};

const name: Schema = {
  anyOf: [{ type: "string", pattern: "^[A-Za-z][A-Za-z0-9_]{0,39}$" }, { type: "null" }],
  default: null,
  title: "Name",
};

export const catalog: Catalog = {
  datasets: [
    entry("moons", "Two moons", {
      n_samples: { type: "integer", title: "Rows", default: 100, minimum: 2, maximum: 100000, scale: "log" },
      noise: { type: "number", title: "Noise", default: 0.2, minimum: 0, maximum: 5, step: 0.05 },
    }),
  ],
  layers: [
    entry(
      "dense",
      "Dense",
      {
        name,
        units: { type: "integer", title: "Units", default: 32, minimum: 1, maximum: 4096 },
        activation: { type: "string", title: "Activation", default: "relu", enum: ["relu", "tanh"] },
        use_bias: { type: "boolean", title: "Use bias", default: true },
        ...dense,
      },
      { weights },
    ),
    entry(
      "dropout",
      "Dropout",
      { name, rate: { type: "number", title: "Rate", default: 0.5, minimum: 0, exclusiveMaximum: 1 } },
      { weights: [] },
    ),
  ],
  constraints,
  optimizers: [
    entry("adam", "Adam", {
      learning_rate: { type: "number", title: "Learning rate", default: 0.001, exclusiveMinimum: 0, maximum: 10 },
    }),
  ],
  split: {
    schema: {
      properties: {
        train: { anyOf: [{ type: "integer" }, { type: "number" }], default: 0.3, title: "Training rows" },
        shuffle: { type: "boolean", default: false, title: "Shuffle" },
      },
    },
  },
  output: { schema: { properties: dense }, weights },
  training: {
    schema: {
      $defs: { Adam: { properties: { kind: { const: "adam" } } } },
      properties: {
        // A family of one entry is no union.
        optimizer: { $ref: "#/$defs/Adam", title: "Optimizer" },
        epochs: { type: "integer", title: "Epochs", default: 4000, minimum: 1, maximum: 200000, scale: "log" },
      },
    },
  },
};

export const draft: Draft = {
  name: "Two moons",
  tags: [],
  dataset: { kind: "moons", n_samples: 100, noise: 0.2 },
  split: { train: 30, shuffle: false },
  network: {
    layers: [
      {
        kind: "dense",
        name: "hidden",
        units: 500,
        activation: "relu",
        use_bias: true,
        kernel_constraint: null,
        bias_constraint: null,
      },
    ],
    output: { kernel_constraint: null, bias_constraint: null },
  },
  training: { optimizer: { kind: "adam", learning_rate: 0.001 }, epochs: 4000 },
  seeds: [1],
  arms: [
    { name: "baseline", changes: { layers: {}, output: {}, training: {} } },
    {
      name: "unit norm",
      changes: {
        layers: { hidden: { kernel_constraint: { kind: "unit_norm", axis: null } } },
        output: {},
        training: {},
      },
    },
  ],
};
