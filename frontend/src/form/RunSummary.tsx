import { armColour } from "../charts/palette";
import { changesOf, changeText, partsOf } from "../experiment/changes";
import { spoken } from "../experiment/phrases";
import { plural, together } from "../format";
import { huesOf } from "../state/arms";
import { useScheme } from "../ui/scheme";
import { useCatalog, useSelected } from "./context";
import styles from "./RunSummary.module.css";
import { sweepArms } from "./sweep/sweepArms";

function runText(arms: number, wrong: boolean): string {
  if (wrong) return "Fix the marked fields, then run";
  return `Run trains ${arms === 1 ? "one arm and draws its" : `${arms} arms and draws their`} curves here`;
}

/** The arms that Run would train, shown where the experiment will be drawn. */
export function RunSummary() {
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
  return (
    <section className={styles.plan} aria-label="What Run trains">
      <h2>
        {runText(draft.arms.length + names.length, wrong)}
        <span className="hint">
          {spoken(draft.training.epochs)} {draft.training.epochs === 1 ? "epoch" : "epochs"}
          {draft.arms.length + names.length > 1 && ", the same first weights and batches for all"}
        </span>
      </h2>
      <ul>
        {draft.arms.map((arm, index) => {
          const changes = changesOf(arm.changes, parts).map((change) => changeText(change, draft, catalog, false));
          return (
            <li key={index}>
              <span
                className="swatch"
                style={{ background: armColour(hues[index] ?? index, scheme) }}
                aria-hidden="true"
              />
              <strong>{arm.name}</strong>
              <span className="hint">{together(changes).join("; ") || "the base, without changes"}</span>
            </li>
          );
        })}
        {names.length > 0 && (
          <li>
            <span
              className="swatch"
              style={{ background: armColour(Math.max(-1, ...hues) + 1, scheme) }}
              aria-hidden="true"
            />
            <strong>{plural(names.length, "arm")} of the sweep</strong>
            <span className="hint">
              {names[0]} … {names.at(-1)}
            </span>
          </li>
        )}
      </ul>
    </section>
  );
}
