import { Button, CopyButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Catalog, Entry, Fields } from "../../api/catalog";
import { entryOf, type FieldSpec, fieldsOf } from "../../experiment/catalog";
import { draftOf, otherChanges } from "../../experiment/draftOf";
import { outputText } from "../../experiment/phrases";
import { seedText } from "../../experiment/seeds";
import { plural } from "../../format";
import { queries } from "../../state/queries";
import type { ViewProps } from "../viewProps";
import { settingRows } from "./rows";
import styles from "./SettingsView.module.css";

/** The experiment as it was posted, to be read and to be posted again. */
export function SettingsView({ view, catalog }: ViewProps) {
  const { experiment } = view;
  const draft = draftOf(experiment, catalog);
  const json = JSON.stringify(experiment, null, 2);
  const others = otherChanges(experiment, catalog);
  const { data } = useQuery(queries.preview(draft.dataset, draft.split));
  const preview = data?.preview ?? (view.score === "r2" ? { task: "regression" as const, classes: 0 } : undefined);
  const dataset = entryOf(catalog.datasets, draft.dataset.kind);
  return (
    <div className={styles.settings} data-testid="settings">
      <Part title="Data" head={dataset?.title ?? draft.dataset.kind}>
        <Values specs={dataset ? fieldsOf(dataset.schema, catalog) : []} values={draft.dataset} catalog={catalog} />
        <Values specs={fieldsOf(catalog.split.schema, catalog)} values={draft.split} catalog={catalog} />
      </Part>
      <Part title="Network" head={plural(draft.network.layers.length, "layer")}>
        <ol>
          {draft.network.layers.map((layer) => (
            <LayerLine key={String(layer.name)} layer={layer} catalog={catalog} />
          ))}
          <li>
            <h4>
              output <span className="hint">{preview ? outputText(preview) : "chosen by the task"}</span>
            </h4>
            <Values specs={fieldsOf(catalog.output.schema, catalog)} values={draft.network.output} catalog={catalog} />
          </li>
        </ol>
      </Part>
      <Part title="Training" head="">
        <Values specs={fieldsOf(catalog.training.schema, catalog)} values={draft.training} catalog={catalog} />
      </Part>
      <Part title="Claims" head="">
        <Values specs={fieldsOf(catalog.claims.schema, catalog)} values={draft.claims ?? {}} catalog={catalog} />
      </Part>
      <Part title="Arms" head={`${plural(view.arms.length, "arm")}, seeds ${seedText(draft.seeds)}`}>
        <ul>
          {view.arms.map((arm, i) => (
            <li key={arm.name}>
              <h4>{arm.name}</h4>
              <p className="hint">
                {[...arm.words, ...(others[i] ?? [])].join("; ") || "the shared settings, without changes"}
              </p>
            </li>
          ))}
        </ul>
      </Part>
      <section>
        <h3>
          As JSON <span className="hint">the body of POST /api/experiments</span>
          <CopyButton value={json}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="default" onClick={copy} data-testid="copy-json">
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        </h3>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <pre className={styles.json} tabIndex={0} data-testid="json">
          {json}
        </pre>
      </section>
    </div>
  );
}

function Part({ title, head, children }: { title: string; head: string; children: React.ReactNode }) {
  return (
    <section>
      <h3>
        {title} <span className="hint">{head}</span>
      </h3>
      {children}
    </section>
  );
}

function LayerLine({ layer, catalog }: { layer: Entry; catalog: Catalog }) {
  const entry = entryOf(catalog.layers, layer.kind);
  const specs = entry ? fieldsOf(entry.schema, catalog).filter((spec) => spec.name !== "name") : [];
  return (
    <li>
      <h4>
        {String(layer.name)} <span className="hint">{entry?.title ?? layer.kind}</span>
      </h4>
      <Values specs={specs} values={layer} catalog={catalog} />
    </li>
  );
}

interface ValuesProps {
  specs: readonly FieldSpec[];
  values: Fields;
  catalog: Catalog;
}

function Values({ specs, values, catalog }: ValuesProps) {
  return (
    <dl className={styles.values}>
      {settingRows(specs, values, catalog).map(([title, text]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
