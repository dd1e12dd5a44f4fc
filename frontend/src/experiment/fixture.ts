/** A catalog and a draft for tests, shaped as the service gives them. */
import type { Catalog, CatalogEntry, Schema } from "../api/catalog";
import type { Draft } from "./draft";

type Properties = Record<string, Schema>;

/** `properties` with a phrase for each: the title in small letters. */
const phrased = (properties: Properties): Properties =>
  Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, { phrase: field.title?.toLowerCase() ?? name, ...field }]),
  );

const axis: Schema = {
  anyOf: [{ type: "integer" }, { type: "array", items: { type: "integer" } }, { type: "null" }],
  default: null,
  title: "Axis",
  widget: "axis",
};

const entry = (
  kind: string,
  title: string,
  properties: Properties,
  more: Partial<CatalogEntry> = {},
): CatalogEntry => ({
  kind,
  title,
  name: title.toLowerCase(),
  phrase: title.toLowerCase(),
  summary: title,
  description: title,
  schema: { type: "object", properties: { kind: { const: kind, default: kind }, ...phrased(properties) } },
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
  entry(
    "max_norm",
    "Max norm",
    { max_value: { ...limit("Limit", 2), scale: "log", sweep: { start: 0.25, stop: 8, steps: 9 } }, axis },
    {
      feasible: "disc",
      phrase: "max norm {max_value}",
      suggestion: { settings: [{ max_value: 3 }], likely: true },
    },
  ),
  entry("non_neg", "Non-negative", {}, { feasible: "quadrant", suggestion: { settings: [{}], likely: false } }),
  entry("unit_norm", "Unit norm", { axis }, { feasible: "circle", suggestion: { settings: [{}], likely: true } }),
  entry(
    "min_max_norm",
    "Min-max norm",
    {
      min_value: limit("Lower limit", 0),
      max_value: limit("Upper limit", 1),
      rate: { type: "number", title: "Rate", default: 1, minimum: 0, maximum: 1 },
      axis,
    },
    { feasible: "ring", phrase: "min-max norm {min_value} to {max_value}" },
  ),
];

function unionOf(family: readonly CatalogEntry[]): Schema {
  const mapping = Object.fromEntries(family.map(({ kind }) => [kind, `#/$defs/${kind}`]));
  return { discriminator: { propertyName: "kind", mapping } };
}

constraints.push(
  entry(
    "chain",
    "Chain",
    {
      constraints: {
        type: "array",
        items: unionOf(constraints),
        minItems: 2,
        maxItems: 4,
        title: "Constraints",
        default: [{ kind: "non_neg" }, { kind: "max_norm", max_value: 2, axis: null }],
      },
    },
    { feasible: "chain" },
  ),
);

function one(family: readonly CatalogEntry[], title: string): Schema {
  return { anyOf: [unionOf(family), { type: "null" }], default: null, title };
}

const regularizers = [
  entry(
    "l2",
    "L2",
    { l2: { type: "number", title: "L2", default: 0.01, minimum: 0 } },
    { ranks: null, name: "L2", phrase: "L2 {l2}", suggestion: { settings: [{ l2: 0.001 }], likely: true } },
  ),
  entry(
    "orthogonal",
    "Orthogonal",
    { factor: { type: "number", title: "Factor", default: 0.01 } },
    { ranks: [2], phrase: "orthogonal {factor}" },
  ),
];

const weights = [
  {
    name: "kernel",
    field: "kernel_constraint",
    regularizer_field: "kernel_regularizer",
    rank: 2,
    unit_axis: [0],
    unit_words: "each unit's incoming weights",
  },
  {
    name: "bias",
    field: "bias_constraint",
    regularizer_field: "bias_regularizer",
    rank: 1,
    unit_axis: [],
    unit_words: "each unit's bias by itself",
  },
];

const acting: Properties = phrased({
  kernel_constraint: one(constraints, "Kernel constraint"),
  bias_constraint: one(constraints, "Bias constraint"),
  kernel_regularizer: one(regularizers, "Kernel regularizer"),
  bias_regularizer: one(regularizers, "Bias regularizer"),
});

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
        units: {
          type: "integer",
          title: "Units",
          default: 32,
          main: true,
          singular: "unit",
          minimum: 1,
          maximum: 4096,
        },
        activation: { type: "string", title: "Activation", default: "relu", main: true, enum: ["relu", "tanh"] },
        use_bias: { type: "boolean", title: "Use bias", phrase: "bias", default: true },
        ...acting,
      },
      { weights },
    ),
    entry(
      "conv2d",
      "Conv2D",
      {
        name,
        kernel_size: {
          anyOf: [
            { type: "integer", minimum: 1 },
            { type: "array", items: { type: "integer", minimum: 1 }, minItems: 2, maxItems: 2 },
          ],
          default: 3,
          title: "Kernel size",
          main: true,
        },
      },
      { weights: [] },
    ),
    entry("add", "Add", { name, layer: { type: "string", default: "", title: "Layer", widget: "layer", main: true } }),
    entry(
      "dropout",
      "Dropout",
      { name, rate: { type: "number", title: "Rate", default: 0.5, main: true, minimum: 0, exclusiveMaximum: 1 } },
      {
        weights: [],
        suggestion: { settings: [{ rate: 0.2 }, { rate: 0.5 }], likely: true, idle: { rate: 0 }, after: ["dense"] },
      },
    ),
  ],
  constraints,
  regularizers,
  optimizers: [
    entry("adam", "Adam", {
      learning_rate: { type: "number", title: "Learning rate", default: 0.001, exclusiveMinimum: 0, maximum: 10 },
      weight_decay: {
        anyOf: [{ type: "number", minimum: 0 }, { type: "null" }],
        default: null,
        title: "Weight decay",
      },
    }),
  ],
  schedules: [],
  losses: [],
  split: {
    schema: {
      properties: phrased({
        train: { anyOf: [{ type: "integer" }, { type: "number" }], default: 0.3, title: "Training rows" },
        shuffle: { type: "boolean", default: false, title: "Shuffle" },
      }),
    },
  },
  claims: {
    schema: {
      properties: phrased({ margin: { type: "number", title: "The same if within", default: 0.01, maximum: 0.5 } }),
    },
  },
  output: { schema: { properties: acting }, weights },
  training: {
    schema: {
      $defs: {
        Adam: { properties: { kind: { const: "adam" } } },
        EarlyStopping: {
          properties: phrased({
            watch: { enum: ["validation", "test"], default: "validation", title: "Watch" },
            patience: { type: "integer", minimum: 0, default: 100, title: "Patience" },
          }),
        },
      },
      properties: phrased({
        // A family of one entry is no union.
        optimizer: { $ref: "#/$defs/Adam", title: "Optimizer" },
        epochs: { type: "integer", title: "Epochs", default: 4000, minimum: 1, maximum: 200000, scale: "log" },
        early_stopping: {
          anyOf: [{ $ref: "#/$defs/EarlyStopping" }, { type: "null" }],
          default: null,
          title: "Early stopping",
        },
      }),
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
        kernel_regularizer: null,
        bias_regularizer: null,
      },
    ],
    output: { kernel_constraint: null, bias_constraint: null, kernel_regularizer: null, bias_regularizer: null },
  },
  training: {
    optimizer: { kind: "adam", learning_rate: 0.001, weight_decay: null },
    epochs: 4000,
    early_stopping: null,
  },
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
