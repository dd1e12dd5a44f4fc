import { Button, Modal } from "@mantine/core";
import clsx from "clsx";
import { useState } from "react";
import { api } from "../../api/client";
import { ApiError } from "../../api/problem";
import type { ExperimentView } from "../../api/types";
import { plural } from "../../format";
import type { LiveExperiment } from "../../state/live";
import styles from "./header.module.css";

interface Props {
  live: LiveExperiment;
  view: ExperimentView;
  /** Whether every run has ended. */
  over: boolean;
}

/** The rows that nobody has looked at yet, and how often their figures were asked for. */
export function Sealed({ live, view, over }: Props) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
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
  const reveal = async () => {
    setBusy(true);
    try {
      await api.reveal(view.id);
      await live.load();
      setAsking(false);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefusal(error.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={styles.sealed} data-testid="sealed">
      <span className="hint">A sealed set of {rows} is set aside; nobody has seen how it is done on.</span>
      {over && (
        <Button size="compact-xs" variant="default" onClick={() => setAsking(true)} data-testid="reveal">
          Reveal the sealed set
        </Button>
      )}
      <Modal opened={asking} onClose={() => setAsking(false)} title="Reveal the sealed set?" centered size="sm">
        <p className={styles.question}>
          It is an honest test for as long as nobody chooses by it. Once seen, it can’t be unseen; that it was revealed
          is kept with the experiment.
        </p>
        {refusal && <p className="wrong">{refusal}</p>}
        <div className={styles.choices}>
          <Button size="xs" variant="default" onClick={() => setAsking(false)} data-autofocus>
            Keep it sealed
          </Button>
          <Button size="xs" loading={busy} onClick={() => void reveal()} data-testid="confirm-reveal">
            Reveal
          </Button>
        </div>
      </Modal>
    </div>
  );
}
