import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Json } from "../../api/catalog";
import { fieldsOf } from "../../experiment/catalog";
import { DRAW_FIELDS } from "../../experiment/replicates";
import { seedsOf, seedText } from "../../experiment/seeds";
import { useCatalog, useSelected, useSetup, useValue } from "../context";
import { FieldList } from "../fields/Field";
import fieldStyles from "../fields/Field.module.css";
import styles from "./SeedsFields.module.css";

/** The seeds of every arm, typed as "1-20" or "1, 2, 5", the draws of its rows, and how it is judged. */
export function SeedsFields() {
  const setup = useSetup();
  const [text, setText] = useState<string | null>(null);
  const seeds = (useValue(["seeds"]) ?? []) as Json[];
  // One number may be meant as how many.
  const [first] = seeds;
  const single = seeds.length === 1 && typeof first === "number" && first > 1 ? first : null;
  const problem = useSelected(
    ({ problems }) => problems.list.find((each) => each.location[0] === "seeds")?.message ?? null,
  );
  return (
    <>
      <div className={styles.seeds}>
        <TextInput
          label="Training seeds"
          aria-label="Training seeds"
          value={text ?? seedText(seeds)}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setup.set(["seeds"], seedsOf(event.currentTarget.value));
          }}
          onBlur={() => setText(null)}
          error={problem}
          data-place="seeds"
          data-testid="field:seeds"
          spellCheck={false}
        />
        {[1, 5, 20].map((count) => (
          <Button
            key={count}
            size="xs"
            variant="default"
            aria-pressed={seeds.length === count}
            onClick={() => setup.set(["seeds"], seedsOf(count === 1 ? "1" : `1-${count}`))}
          >
            {count}
          </Button>
        ))}
      </div>
      {single && (
        <p className="trap" data-testid="one-seed">
          This is seed number {single}, once. For {single} seeds, write 1-{single}.
        </p>
      )}
      <p className="hint">For each seed, all arms start from the same weights and see the same batches.</p>
      <DrawFields />
      <ClaimFields />
    </>
  );
}

/** How the arms are judged. */
function ClaimFields() {
  const catalog = useCatalog();
  return (
    <div className={fieldStyles.fields}>
      <FieldList at={["claims"]} specs={fieldsOf(catalog.claims.schema, catalog)} />
    </div>
  );
}

/** Whether the rows vary too: without it, every answer is about one draw of the training rows. */
function DrawFields() {
  const catalog = useCatalog();
  const set = useSelected(({ draft: { split } }) =>
    DRAW_FIELDS.filter((name) =>
      name === "fold_repeats" ? Number(split[name] ?? 1) > 1 : Boolean(split[name]),
    ).join(),
  ).split(",");
  // Each way excludes the others; what is set stays in sight, with the service's word on it.
  const excluded = ["draws", "resample", "folds"].filter(
    (name, _, ways) => !set.includes(name) && ways.some((other) => set.includes(other)),
  );
  const applies = (name: string) => name !== "fold_repeats" || set.includes("folds") || set.includes("fold_repeats");
  return (
    <div className={fieldStyles.fields}>
      <FieldList
        at={["split"]}
        idle={excluded}
        specs={fieldsOf(catalog.split.schema, catalog).filter(
          ({ name }) => DRAW_FIELDS.includes(name) && applies(name),
        )}
      />
    </div>
  );
}
