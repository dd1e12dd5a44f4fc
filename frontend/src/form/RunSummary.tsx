import { useMemo } from "react";
import type { Score } from "../api/types";
import { armColour } from "../charts/palette";
import { changesOf, changeText, partsOf } from "../experiment/changes";
import { spoken } from "../experiment/phrases";
import { plural, scoreTitle, together } from "../format";
import { huesOf } from "../state/arms";
import { useScheme } from "../ui/scheme";
import { useCatalog, useSelected } from "./context";
import styles from "./RunSummary.module.css";
import { sweepArms } from "./sweep/sweepArms";

/** Arms that have a panel; of more, each has a line. */
const PANELS = 6;

/** The arms that Run would train, each in an empty panel where its curves will be drawn. */
export function RunSummary({ score }: { score: Score }) {
  const catalog = useCatalog();
  const draft = useSelected((setup) => setup.draft);
  // One string, so that it compares equal while the names stay.
  const joinedNames = useSelected((setup) =>
    sweepArms(setup)
      .map((arm) => arm.name)
      .join("\n"),
  );
  const names = joinedNames.split("\n").filter(Boolean);
  const wrong = useSelected(({ problems }) => problems.list.length > 0);
  const scheme = useScheme();
  const parts = partsOf(draft, catalog);
  const hues = huesOf(draft.arms);
  const lines = useMemo(
    () =>
      draft.arms.map((arm) => changesOf(arm.changes, parts).map((change) => changeText(change, draft, catalog, false))),
    [draft, parts, catalog],
  );
  const count = draft.arms.length + (names.length ? 1 : 0);
  return (
    <section className={styles.plan} aria-label="What Run trains">
      <h2>
        {scoreTitle(score)}, train and test
        <span className="hint">{wrong ? "Fix the marked fields, then run" : "Run draws here"}</span>
      </h2>
      <ul className={styles.arms} data-panels={count <= PANELS || undefined} data-alone={count === 1 || undefined}>
        {draft.arms.map((arm, index) => (
          <li key={index}>
            <h3>
              <span
                className="swatch"
                style={{ background: armColour(hues[index] ?? index, scheme) }}
                aria-hidden="true"
              />
              {arm.name}
            </h3>
            <p className="hint">{together(lines[index] ?? []).join("; ") || "the shared settings, without changes"}</p>
          </li>
        ))}
        {names.length > 0 && (
          <li>
            <h3>
              <span
                className="swatch"
                style={{ background: armColour(Math.floor(Math.max(-1, ...hues)) + 1, scheme) }}
                aria-hidden="true"
              />
              {plural(names.length, "arm")} of the sweep
            </h3>
            <p className="hint">
              {names[0]} … {names.at(-1)}
            </p>
          </li>
        )}
      </ul>
      <p className="hint">
        {spoken(draft.training.epochs)} {draft.training.epochs === 1 ? "epoch" : "epochs"}
        {draft.arms.length + names.length > 1 && ", the same first weights and batches for all"}
      </p>
    </section>
  );
}
