import type { ExperimentView, Published } from "../../api/types";
import { armColour } from "../../charts/palette";
import { figure, spreadText } from "../../format";
import { huesOf } from "../../state/arms";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import badgeStyles from "../StatusBadge.module.css";
import styles from "./PublishedCard.module.css";

interface Props {
  view: ExperimentView;
  published: Published;
}

/** Published figures of these arms beside the figures measured here. */
export function PublishedCard({ view, published }: Props) {
  const scheme = useScheme();
  const reference = view.experiment.published;
  const hues = huesOf(view.arms);
  const hue = (name: string) => hues[view.arms.findIndex((arm) => arm.name.toLowerCase() === name.toLowerCase())] ?? 0;
  const digits = published.figure.endsWith("%") ? 2 : 3;
  return (
    <section className={styles.published} aria-label="Published figures" data-testid="published">
      <h2>
        {reference?.title ?? "Published figures"}
        <Agreement agrees={published.agrees} />
      </h2>
      <p className="hint">
        {reference?.url ? (
          <a href={reference.url} target="_blank" rel="noreferrer">
            {reference.source}
          </a>
        ) : (
          reference?.source
        )}
      </p>
      <div className="scrolls">
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">{published.figure}</th>
              <th scope="col" className={tableStyles.number}>
                Published
              </th>
              <th scope="col" className={tableStyles.number}>
                Here
              </th>
              <th scope="col" className={tableStyles.number}>
                n
              </th>
            </tr>
          </thead>
          <tbody>
            {published.arms.map(({ arm, published: theirs, ours, n }) => (
              <tr key={arm} data-testid={`published:${arm}`}>
                <th scope="row">
                  <span className="swatch" style={{ background: armColour(hue(arm), scheme) }} aria-hidden="true" />
                  {arm}
                </th>
                <td className={tableStyles.number}>{figure(theirs, digits)}</td>
                <td className={tableStyles.number}>
                  {ours ? spreadText({ mean: ours.mean, sd: ours.std }, digits) : "–"}
                </td>
                <td className={tableStyles.number}>{n}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>{published.sentence}.</p>
      {reference?.note && <p className="hint">{reference.note}</p>}
    </section>
  );
}

function Agreement({ agrees }: { agrees: boolean | null }) {
  const text = agrees === null ? "open" : agrees ? "agrees" : "does not agree";
  return (
    <span className={badgeStyles.status} data-status={agrees === null ? "queued" : agrees ? "finished" : "paused"}>
      {text}
    </span>
  );
}
