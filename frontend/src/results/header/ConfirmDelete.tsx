import { Button, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../api/client";
import { keys, queryClient } from "../../state/queries";
import styles from "./header.module.css";

/** Deletes an experiment, once that is confirmed. */
export function ConfirmDelete({ id, name, onDeleted }: { id: string; name: string; onDeleted?: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => client.DELETE("/api/experiments/{experiment}", { params: { path: { experiment: id } } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.experiments });
      onDeleted?.();
    },
  });
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)} aria-label={`Delete ${name}`}>
        Delete
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Delete ${name}?`} centered size="sm">
        <p className={styles.question}>Its settings, curves and results are removed for good.</p>
        {remove.error && <p className="wrong">{remove.error.message}</p>}
        <div className={styles.choices}>
          <Button size="xs" variant="default" onClick={() => setAsking(false)} data-autofocus>
            Keep
          </Button>
          <Button
            size="xs"
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate()}
            data-testid="confirm-delete"
          >
            Delete
          </Button>
        </div>
      </Modal>
    </>
  );
}
