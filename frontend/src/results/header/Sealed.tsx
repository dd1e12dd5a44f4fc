import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useState } from "react";
import { client } from "../../api/client";
import type { ExperimentView } from "../../api/types";
import { unitOf } from "../../experiment/replicates";
import { plural } from "../../format";
import type { LiveExperiment } from "../../state/live";
import { queries } from "../../state/queries";
import { fewText, rangeEndTexts } from "../comparison/comparison";
import styles from "./header.module.css";

interface Props {
  live: LiveExperiment;
  view: ExperimentView;
  /** Whether every run has ended. */
  over: boolean;
}

/** The sealed rows: whether their score was revealed, and how often. */
export function Sealed({ live, view, over }: Props) {
  const [asking, setAsking] = useState(false);
  const reveal = useMutation({
    mutationFn: async () => {
      await client.POST("/api/experiments/{experiment}/reveal", { params: { path: { experiment: view.id } } });
      await live.load();
    },
    onSuccess: () => setAsking(false),
  });
  const rivals = view.experiment.arms?.some((arm) => arm.family) ?? false;
  const { data: comparison, isLoading } = useQuery({ ...queries.comparison(view.id), enabled: asking && rivals });
  const few = comparison ? fewText(comparison, unitOf(view.experiment)) : null;
  const holdout = view.experiment.split?.holdout ?? null;
  if (holdout === null) return null;
  const rows = holdout < 1 ? `${Number((100 * holdout).toPrecision(3))} % of the rows` : plural(holdout, "row");
  if (view.reveals > 0) {
    return (
      <p className={clsx("hint", styles.sealed)} data-testid="sealed">
        The sealed set ({rows}) was revealed{view.reveals > 1 ? ` ${view.reveals} times` : ""}; its figures stand in the
        table.
      </p>
    );
  }
  return (
    <div className={styles.sealed} data-testid="sealed">
      <span className="hint">A sealed set of {rows} is set aside; no score on it has been shown yet.</span>
      {over && (
        <Button size="compact-xs" variant="default" onClick={() => setAsking(true)} data-testid="reveal">
          Reveal the sealed set
        </Button>
      )}
      <Modal opened={asking} onClose={() => setAsking(false)} title="Reveal the sealed set?" centered size="sm">
        <p className={styles.question}>
          Its scores are unbiased only until you choose an arm by them. Revealing cannot be undone, and is recorded with
          the experiment.
        </p>
        {few && (
          <p className={clsx(styles.question, "trap")} data-testid="reveal-too-few">
            {few} With fewer, the reveal can show no difference.
          </p>
        )}
        {rangeEndTexts(comparison?.families ?? []).map((text) => (
          <p key={text} className={clsx(styles.question, "trap")} data-testid="reveal-range-end">
            {text}
          </p>
        ))}
        {reveal.error && <p className="wrong">{reveal.error.message}</p>}
        <div className={styles.choices}>
          <Button size="xs" variant="default" onClick={() => setAsking(false)} data-autofocus>
            Keep it sealed
          </Button>
          <Button
            size="xs"
            loading={reveal.isPending || isLoading}
            onClick={() => reveal.mutate()}
            data-testid="confirm-reveal"
          >
            {few ? "Reveal anyway" : "Reveal"}
          </Button>
        </div>
      </Modal>
    </div>
  );
}
