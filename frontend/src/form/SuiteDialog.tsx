import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { client, payload, unchecked } from "../api/client";
import { ApiError } from "../api/problem";
import type { Preview } from "../api/types";
import { grouped } from "../experiment/catalog";
import { seedsOf, seedText } from "../experiment/seeds";
import { capital, count, plural } from "../format";
import { queries } from "../state/queries";
import { useSetup } from "./context";
import styles from "./SuiteDialog.module.css";
import {
  choiceText,
  FEWEST,
  fewText,
  MOST,
  type SuiteChoice,
  suiteChoices,
  suiteName,
  suiteOf,
  suiteProblemText,
} from "./suite";

const PROPOSED_SEEDS = 10;

interface Props {
  /** Preview of the draft's data set. */
  preview: Preview | null;
  /** Called with the id of the suite that was posted. */
  onPosted: (id: string) => void;
}

/** The choice of data sets on which the arms of the draft are compared. */
export function SuiteDialog({ opened, onClose, ...props }: Props & { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Run on several data sets" size="lg">
      {opened && <Choice {...props} />}
    </Modal>
  );
}

function Choice({ preview, onPosted }: Props) {
  const { draft, catalog } = useSetup();
  const { data: files } = useQuery(queries.files);
  const choices = useMemo(() => suiteChoices(draft, catalog, files ?? [], preview), [draft, catalog, files, preview]);
  const [changed, setChanged] = useState<Readonly<Record<string, boolean>>>({});
  const [name, setName] = useState(() => suiteName(draft));
  const [seeds, setSeeds] = useState(() => seedText(draft.seeds));
  const isTicked = (choice: SuiteChoice) => changed[choice.id] ?? choice.proposed;
  const ticked = choices.filter(isTicked);
  const body = suiteOf(draft, ticked, { name, seeds: seedsOf(seeds) }, catalog);
  const refusal = refusalOf(draft.arms.length, ticked.length);
  const { data: checked } = useQuery({ ...queries.suiteCheck(body), enabled: refusal === null });
  const post = useMutation({
    mutationFn: (_: readonly SuiteChoice[]) => payload(client.POST("/api/suites", { body: unchecked<never>(body) })),
    onSuccess: ({ id }) => onPosted(id),
  });
  const few = refusal ? null : fewText(ticked.length, draft.arms.length, checked?.least_datasets);
  const wrongSeeds = checked?.problems.find(({ location }) => location[0] === "seeds")?.message;
  const tickAll = (isOn: boolean) => setChanged(Object.fromEntries(choices.map(({ id }) => [id, isOn])));
  return (
    <form
      className={styles.dialog}
      onSubmit={(event) => {
        event.preventDefault();
        if (!refusal) post.mutate(ticked);
      }}
    >
      <p className="hint">
        The same network and arms on each of them, compared over all. Their training rows are the same share as yours.
      </p>
      <TextInput label="Name" value={name} maxLength={120} onChange={(event) => setName(event.currentTarget.value)} />
      <div className={styles.seeds}>
        <TextInput
          label="Training seeds on each data set"
          value={seeds}
          error={refusal ? null : wrongSeeds}
          spellCheck={false}
          onChange={(event) => setSeeds(event.currentTarget.value)}
          data-testid="suite-seeds"
        />
        {seedsOf(seeds).length !== PROPOSED_SEEDS && (
          <Button size="xs" variant="default" onClick={() => setSeeds(`1-${PROPOSED_SEEDS}`)}>
            {PROPOSED_SEEDS} seeds
          </Button>
        )}
      </div>
      <div className={styles.tick}>
        <Button size="compact-xs" variant="default" onClick={() => tickAll(true)}>
          All
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => tickAll(false)}>
          None
        </Button>
      </div>
      {grouped(choices).map(([group, members]) => (
        <fieldset key={group} className={styles.group}>
          <legend>{capital(group)}</legend>
          {members.map((choice) => (
            <Checkbox
              key={choice.id}
              label={choiceText(choice)}
              checked={isTicked(choice)}
              onChange={({ currentTarget: { checked } }) => setChanged((all) => ({ ...all, [choice.id]: checked }))}
              data-testid={`suite-dataset:${choice.id}`}
            />
          ))}
        </fieldset>
      ))}
      {draft.sweep && <p className="trap">The arms of the range are left out: a suite has the written arms alone.</p>}
      {few && (
        <p className="trap" data-testid="suite-few">
          {few}
        </p>
      )}
      {post.error && <Refused error={post.error} choices={post.variables ?? []} />}
      <div className={styles.foot}>
        <span className={refusal ? "trap" : "hint"}>
          {refusal ??
            `${plural(ticked.length, "data set")}${
              checked?.estimate ? `, ${count(checked.estimate.runs)} runs, ${checked.estimate.words}` : ""
            }`}
        </span>
        <Button type="submit" size="sm" loading={post.isPending} disabled={refusal !== null} data-testid="run-suite">
          Run
        </Button>
      </div>
    </form>
  );
}

/** What is missing before such a suite can run; null if nothing is. */
function refusalOf(arms: number, datasets: number): string | null {
  if (arms < 2) return "Add an arm first: a suite compares at least two.";
  if (datasets < FEWEST) return `Choose at least ${FEWEST} data sets.`;
  return datasets > MOST ? `Choose at most ${MOST} data sets.` : null;
}

function Refused({ error, choices }: { error: Error; choices: readonly SuiteChoice[] }) {
  const problems = error instanceof ApiError ? error.problems : [];
  const texts = problems.length ? problems.map((each) => suiteProblemText(each, choices)) : [error.message];
  return (
    <ul className="wrong" role="alert">
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}
