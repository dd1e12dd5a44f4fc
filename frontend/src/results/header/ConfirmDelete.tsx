import { Button, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../api/client";
import { keys, queryClient } from "../../state/queries";
import styles from "./header.module.css";

interface Props {
  id: string;
  name: string;
  onDeleted?: () => void;
}

const LOSS = "Its settings, curves and results are removed for good.";

const removeExperiment = (experiment: string) =>
  client.DELETE("/api/experiments/{experiment}", { params: { path: { experiment } } });

/** Button that deletes an experiment, once that is confirmed. */
export function ConfirmDelete({ id, ...props }: Props) {
  return <Confirm {...props} loss={LOSS} lists={keys.experiments} remove={() => removeExperiment(id)} />;
}

interface DialogProps extends Props {
  opened: boolean;
  onClose: () => void;
}

/** Question whether to delete an experiment. */
export function DeleteDialog({ id, ...props }: DialogProps) {
  return <Question {...props} loss={LOSS} lists={keys.experiments} remove={() => removeExperiment(id)} />;
}

/** Deletes a suite with its experiments, once that is confirmed. */
export function ConfirmDeleteSuite({ id, ...props }: Props) {
  return (
    <Confirm
      {...props}
      loss="The experiments on all its data sets are removed for good."
      lists={keys.suites}
      remove={() => client.DELETE("/api/suites/{suite}", { params: { path: { suite: id } } })}
    />
  );
}

interface ConfirmProps extends Omit<Props, "id"> {
  /** What is lost, as a sentence. */
  loss: string;
  /** Key of the lists that it is in. */
  lists: readonly string[];
  remove: () => Promise<unknown>;
}

function Confirm(props: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)} aria-label={`Delete ${props.name}`}>
        Delete
      </Button>
      <Question {...props} opened={asking} onClose={() => setAsking(false)} />
    </>
  );
}

function Question({
  name,
  onDeleted,
  loss,
  lists,
  remove: call,
  opened,
  onClose,
}: ConfirmProps & Pick<DialogProps, "opened" | "onClose">) {
  const remove = useMutation({
    mutationFn: call,
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: lists });
      onDeleted?.();
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={`Delete ${name}?`} centered size="sm">
      <p className={styles.question}>{loss}</p>
      {remove.error && <p className="wrong">{remove.error.message}</p>}
      <div className={styles.choices}>
        <Button size="xs" variant="default" onClick={onClose} data-autofocus>
          Keep
        </Button>
        <Button
          size="xs"
          color="red.9"
          loading={remove.isPending}
          onClick={() => remove.mutate()}
          data-testid="confirm-delete"
        >
          Delete
        </Button>
      </div>
    </Modal>
  );
}
