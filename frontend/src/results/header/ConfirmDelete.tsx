import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { api } from "../../api/client";
import { ApiError } from "../../api/problem";
import styles from "./header.module.css";

/** Deletes an experiment, once that is confirmed. */
export function ConfirmDelete({ id, name, onDeleted }: { id: string; name: string; onDeleted: () => void }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const remove = async () => {
    setBusy(true);
    try {
      await api.remove(id);
      onDeleted();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefusal(error.message);
      setBusy(false);
    }
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)} aria-label={`Delete ${name}`}>
        Delete
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Delete ${name}?`} centered size="sm">
        <p className={styles.question}>Its settings, curves and results are removed for good.</p>
        {refusal && <p className="wrong">{refusal}</p>}
        <div className={styles.choices}>
          <Button size="xs" variant="default" onClick={() => setAsking(false)} data-autofocus>
            Keep
          </Button>
          <Button size="xs" color="red" loading={busy} onClick={() => void remove()} data-testid="confirm-delete">
            Delete
          </Button>
        </div>
      </Modal>
    </>
  );
}
