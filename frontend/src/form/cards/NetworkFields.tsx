import { ActionIcon, Button, Group, TextInput, UnstyledButton } from "@mantine/core";
import clsx from "clsx";
import { memo, useState } from "react";
import type { Entry, Fields, Weight } from "../../api/catalog";
import type { Location } from "../../api/problem";
import type { Preview } from "../../api/types";
import { defaultsOf, entryOf, type FieldSpec, fieldsOf } from "../../experiment/catalog";
import { getIn } from "../../experiment/draft";
import { layerText, outputText } from "../../experiment/phrases";
import { count, plural } from "../../format";
import { icons } from "../../ui/icons";
import { useHasWarning, useProblem, useSelected, useSetup, useValue, useWarning, useWrongUnder } from "../context";
import { FieldList } from "../fields/Field";
import fieldStyles from "../fields/Field.module.css";
import { FieldMessage } from "../fields/FieldMessage";
import { Picker } from "../fields/Picker";
import { WeightLine } from "../fields/WeightLine";
import { placeOf } from "../store";
import itemStyles from "./items.module.css";
import styles from "./NetworkFields.module.css";
import { shapeText } from "./shapeText";

const LAYERS: Location = ["network", "layers"];
const OUTPUT: Location = ["network", "output"];

/** Networks with more layers start with all of them closed. */
const OPEN_UP_TO = 3;

/** The network's layers, each with its fields, and its output. */
export function NetworkFields({ preview }: { preview: Preview | null }) {
  const setup = useSetup();
  const { catalog } = setup;
  const keys = useSelected(({ layerKeys }) => layerKeys);
  const [added, setAdded] = useState<string | null>(null);
  const add = (kind: string) => {
    const entry = entryOf(catalog.layers, kind);
    if (!entry) return;
    setup.insertLayer(keys.length, { ...defaultsOf(entry, catalog), name: setup.freeLayerName(kind) });
    setAdded(setup.layerKeys.at(-1) ?? null);
  };
  return (
    <ol className={itemStyles.items}>
      {keys.map((key, index) => (
        <Layer key={key} index={index} initiallyOpen={key === added || keys.length <= OPEN_UP_TO} count={keys.length} />
      ))}
      <li>
        <Removed />
        <FieldMessage at={LAYERS} />
        <Proposals />
        <Picker
          plus
          what="layers"
          testId="add-layer"
          choices={() =>
            catalog.layers.map(({ kind, title, summary, group }) => ({ value: kind, label: title, summary, group }))
          }
          onChoose={add}
        >
          Add a layer
        </Picker>
      </li>
      <li className={itemStyles.layer}>
        <div className={itemStyles.head}>
          <span className={styles.kind}>Output</span>
          <span className="hint">{preview && outputText(preview)}</span>
        </div>
        <LayerLine name="output" />
        <FieldMessage at={OUTPUT} />
        <LayerFields
          at={OUTPUT}
          name="output"
          fields={fieldsOf(catalog.output.schema, catalog)}
          weights={catalog.output.weights}
        />
      </li>
    </ol>
  );
}

/** A closed layer's main settings, then its output shape and parameters once the lab has checked the draft. */
function LayerLine({ name, settings = "" }: { name: string; settings?: string }) {
  const layer = useSelected(({ checked }) => checked?.view.layers.find((each) => each.name === name));
  if (!layer && !settings) return null;
  return (
    <p className={clsx("hint", styles.line)}>
      <span>{settings}</span>
      {layer && (
        <span className="tabular" data-testid={`shape:${name}`}>
          → {shapeText(layer.output_shape)}
          {layer.parameters > 0 && ` · ${count(layer.parameters)}`}
        </span>
      )}
    </p>
  );
}

interface LayerProps {
  index: number;
  count: number;
  initiallyOpen: boolean;
}

const Layer = memo(function Layer({ index, count, initiallyOpen }: LayerProps) {
  const setup = useSetup();
  const { catalog } = setup;
  const at = [...LAYERS, index];
  const kind = useValue([...at, "kind"]);
  const name = String(useValue([...at, "name"]));
  const wrong = useWrongUnder(at);
  const [opened, setOpened] = useState(initiallyOpen);
  const open = opened || wrong;
  const entry = entryOf(catalog.layers, kind);
  const settings = useSelected(({ draft }) =>
    entry && !open ? layerText((getIn(draft, at) ?? {}) as Fields, entry, catalog) : "",
  );
  if (!entry) return null;
  return (
    <li className={itemStyles.layer} data-place={placeOf(at)} tabIndex={-1} aria-label={`Layer ${name}`}>
      <div className={itemStyles.head}>
        <UnstyledButton
          className={styles.kind}
          data-opener
          aria-expanded={open}
          onClick={() => setOpened(!open)}
          title={entry.summary}
        >
          <span className={styles.chevron} data-open={open || undefined} aria-hidden="true">
            {icons.down}
          </span>
          {entry.title}
        </UnstyledButton>
        <NameField index={index} name={name} />
        <ActionIcon aria-label={`Move ${name} up`} disabled={index === 0} onClick={() => setup.moveLayer(index, -1)}>
          {icons.up}
        </ActionIcon>
        <ActionIcon
          aria-label={`Move ${name} down`}
          disabled={index === count - 1}
          onClick={() => setup.moveLayer(index, 1)}
        >
          {icons.down}
        </ActionIcon>
        <ActionIcon aria-label={`Copy ${name}`} onClick={() => setup.copyLayer(index)}>
          {icons.copy}
        </ActionIcon>
        <ActionIcon aria-label={`Remove ${name}`} onClick={() => setup.removeLayer(index)}>
          {icons.remove}
        </ActionIcon>
      </div>
      <LayerLine name={name} settings={settings} />
      <LayerMessage at={at} open={open} />
      {open && (
        <LayerFields at={at} name={name} fields={fieldsOf(entry.schema, catalog)} weights={entry.weights ?? []} />
      )}
    </li>
  );
});

/** Problem or warning of the layer itself. */
function LayerMessage({ at, open }: { at: Location; open: boolean }) {
  const problem = useProblem(at);
  const warning = useWarning(at);
  const hasHiddenWarning = useHasWarning(at) && !open;
  if (problem) return <p className="wrong">{problem}</p>;
  if (warning) return <p className="trap">{warning}</p>;
  return hasHiddenWarning && <p className="trap">This layer has a warning</p>;
}

/** A layer's name. An invalid one stays in the field, with its problem. */
function NameField({ index, name }: { index: number; name: string }) {
  const setup = useSetup();
  const at = [...LAYERS, index, "name"];
  const problem = useProblem(at);
  const written = useSelected(({ invalidNames, layerKeys }) => invalidNames.get(layerKeys[index] ?? "") ?? name);
  return (
    <TextInput
      className={itemStyles.name}
      aria-label="Layer name"
      value={written}
      error={problem}
      onChange={(event) => setup.renameLayer(index, event.currentTarget.value)}
      data-place={placeOf(at)}
      data-testid={`field:${placeOf(at)}`}
      spellCheck={false}
      autoComplete="off"
    />
  );
}

/** Networks that fit the examples, where this one makes no row of values of them. */
function Proposals() {
  const setup = useSetup();
  const checked = useSelected((each) =>
    each.checked?.draft.network === each.draft.network ? each.checked.view : null,
  );
  const proposals = checked?.network_proposals ?? [];
  const shape = checked?.layers[0]?.input_shape;
  if (proposals.length === 0) return null;
  return (
    <div className="trap" data-testid="network-proposals">
      <p>
        Each example is {shape ? shapeText(shape) : "a block of values"}, and these layers act on its last axis alone.
        Flatten lays the values in a row; convolutions look for patterns first.
      </p>
      <Group gap={6}>
        {proposals.map(({ title, layers }) => (
          <Button
            key={title}
            size="compact-xs"
            variant="default"
            onClick={() =>
              setup.update((draft) => ({
                ...draft,
                network: { ...draft.network, layers: layers as unknown as Entry[] },
              }))
            }
          >
            {title}
          </Button>
        ))}
      </Group>
    </div>
  );
}

/** Notice of a removed layer and the arms' changes of it, with Undo while it can be restored. */
function Removed() {
  const setup = useSetup();
  const removed = useSelected((each) => each.removed);
  return (
    <div role="status">
      {removed && (
        <p className="hint" data-testid="removed">
          Removed {removed.name} and {plural(removed.changes, "change")} of arms to it.{" "}
          <UnstyledButton className="more" onClick={setup.putBack}>
            Undo
          </UnstyledButton>
        </p>
      )}
    </div>
  );
}

interface LayerFieldsProps {
  at: Location;
  name: string;
  fields: readonly FieldSpec[];
  weights: readonly Weight[];
}

/** A layer's fields, then a line for each of its weights. */
function LayerFields({ at, name, fields, weights }: LayerFieldsProps) {
  const weightFields = new Set(["name", ...weights.flatMap((each) => [each.field, each.regularizer_field])]);
  const biasless = useValue([...at, "use_bias"]) === false;
  return (
    <>
      <div className={fieldStyles.fields}>
        <FieldList at={at} specs={fields.filter((field) => !weightFields.has(field.name))} />
      </div>
      {weights
        .filter((weight) => weight.name !== "bias" || !biasless)
        .map((weight) => (
          <WeightLine key={weight.name} at={at} weight={weight} label={`${name} ${weight.name.replaceAll("_", " ")}`} />
        ))}
    </>
  );
}
