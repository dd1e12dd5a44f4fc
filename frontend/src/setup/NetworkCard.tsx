import { ActionIcon, Button, Menu, TextInput, UnstyledButton } from "@mantine/core";
import { Fragment, type ReactNode, useState } from "react";
import type { Location } from "../api/problem";
import type { Preview } from "../api/types";
import { icons } from "../icons";
import { Card } from "./Card";
import { ConstraintField } from "./ConstraintField";
import { type CatalogEntry, defaultsOf, entryOf, type FieldSpec, fieldsOf, plain, type Weight } from "./catalog";
import { problemAt, problemsUnder, useSetup } from "./context";
import { freeName, renameLayer } from "./draft";
import { Field } from "./Field";

/** The base network: hidden layers as a stack, then the layer that the task implies. */
export function NetworkCard({ preview }: { preview: Preview | null }) {
  const { catalog, draft, update } = useSetup();
  const { layers } = draft.network;
  const add = (entry: CatalogEntry) =>
    update((before) => {
      const names = before.network.layers.map((layer) => String(layer.name));
      const layer = { ...defaultsOf(entry, catalog), name: freeName(`${entry.kind}_${names.length + 1}`, names, "_") };
      return { ...before, network: { ...before.network, layers: [...before.network.layers, layer] } };
    });
  return (
    <Card title="Network" aside={preview && `${preview.feature_names.length} inputs`}>
      <ol className="stack">
        {layers.map((layer, index) => (
          <Layer key={index} index={index} entry={entryOf(catalog.layers, layer.kind)} />
        ))}
        <li>
          <Menu position="bottom-start" withinPortal>
            <Menu.Target>
              <Button variant="subtle" size="compact-xs" leftSection={icons.add}>
                Add a layer
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {catalog.layers.map((entry) => (
                <Menu.Item key={entry.kind} onClick={() => add(entry)}>
                  {entry.title}
                  <span className="summary">{entry.summary}</span>
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </li>
        <li className="layer">
          <div className="layer-head">
            <span className="layer-kind">Output</span>
            <span className="hint">{preview && outputWords(preview)}</span>
          </div>
          <Parts
            at={["network", "output"]}
            name="output"
            fields={fieldsOf(catalog.output.schema, catalog)}
            weights={catalog.output.weights}
          />
        </li>
      </ol>
    </Card>
  );
}

function outputWords(preview: Preview): string {
  return preview.task === "binary"
    ? "1 sigmoid unit, for two classes"
    : `${preview.classes} softmax units, one a class`;
}

function Layer({ index, entry }: { index: number; entry: CatalogEntry | undefined }) {
  const { catalog, draft, problems, set, update } = useSetup();
  const layer = draft.network.layers[index];
  if (!layer) return null;
  const at = ["network", "layers", index];
  const name = String(layer.name);
  const count = draft.network.layers.length;
  const move = (by: number) =>
    update((before) => {
      const layers = [...before.network.layers];
      layers.splice(index + by, 0, ...layers.splice(index, 1));
      return { ...before, network: { ...before.network, layers } };
    });
  return (
    <li className="layer">
      <div className="layer-head">
        <span className="layer-kind">{entry?.title ?? String(layer.kind)}</span>
        <TextInput
          className="name"
          aria-label="Layer name"
          value={plain(layer.name)}
          error={problemAt(problems, [...at, "name"])}
          onChange={(event) => {
            const renamed = event.currentTarget.value;
            update((before) => renameLayer(before, index, renamed));
          }}
          data-place={`network/layers/${index}/name`}
          data-testid={`field:network/layers/${index}/name`}
          spellCheck={false}
        />
        <ActionIcon aria-label={`Move ${name} up`} disabled={index === 0} onClick={() => move(-1)}>
          {icons.up}
        </ActionIcon>
        <ActionIcon aria-label={`Move ${name} down`} disabled={index === count - 1} onClick={() => move(1)}>
          {icons.down}
        </ActionIcon>
        <ActionIcon aria-label={`Remove ${name}`} onClick={() => set(at, undefined)}>
          {icons.remove}
        </ActionIcon>
      </div>
      {entry && <Parts at={at} name={name} fields={fieldsOf(entry.schema, catalog)} weights={entry.weights ?? []} />}
    </li>
  );
}

/** Fields that few people change stand behind "more". */
const RARE = new Set(["use_bias", "kernel_initializer"]);

interface PartsProps {
  at: Location;
  name: string;
  fields: readonly FieldSpec[];
  weights: readonly Weight[];
}

function Parts({ at, name, fields, weights }: PartsProps) {
  const { problems } = useSetup();
  const [more, setMore] = useState(false);
  const plainFields = fields.filter(
    (field) => field.name !== "name" && !weights.some((each) => each.field === field.name),
  );
  const rare = plainFields.filter((field) => RARE.has(field.name));
  const open = more || rare.some((field) => problemsUnder(problems, [...at, field.name]).length > 0);
  const usual = plainFields.filter((field) => !RARE.has(field.name));
  const list = (specs: readonly FieldSpec[]): ReactNode =>
    specs.length > 0 && (
      <div className="fields">
        {specs.map((field) => (
          <Field key={field.name} at={[...at, field.name]} spec={field} />
        ))}
      </div>
    );
  return (
    <>
      {list(usual)}
      <div className="weights">
        {weights.map((weight) => (
          <Fragment key={weight.name}>
            <span className="label">{weight.name}</span>
            <ConstraintField at={[...at, weight.field]} weight={weight} label={`${name} ${weight.name}`} />
          </Fragment>
        ))}
        {rare.length > 0 && (
          <UnstyledButton
            className="more"
            aria-expanded={open}
            title={rare.map((field) => field.title).join(", ")}
            onClick={() => setMore(!open)}
          >
            {open ? "less" : "more"}
          </UnstyledButton>
        )}
      </div>
      {open && list(rare)}
    </>
  );
}
