import { armColour } from "../charts/palette";
import { useScheme } from "../scheme";
import { together } from "../words";
import { useCatalog, useSelected } from "./context";
import { changesOf, changeWords, partsOf } from "./draft";
import { plain } from "./phrases";

/** What Run would train, arm by arm, where the experiment will be drawn. */
export function Plan() {
  const catalog = useCatalog();
  const draft = useSelected((setup) => setup.draft);
  const scheme = useScheme();
  const parts = partsOf(draft, catalog);
  return (
    <section className="plan" aria-label="What Run trains">
      <h2>
        Run trains {draft.arms.length === 1 ? "one arm" : `${draft.arms.length} arms`} and draws their curves here
        <span className="hint">{plain(draft.training.epochs)} epochs, the same first weights and batches for all</span>
      </h2>
      <ul>
        {draft.arms.map((arm, index) => {
          const changes = changesOf(arm.changes, parts).map((change) => changeWords(change, draft, catalog, false));
          return (
            <li key={index}>
              <span className="swatch" style={{ background: armColour(index, scheme) }} aria-hidden="true" />
              <strong>{arm.name}</strong>
              <span className="hint">{together(changes).join("; ") || "the base, without changes"}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
