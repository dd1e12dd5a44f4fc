import { Button, TextInput } from "@mantine/core";
import { memo, useState } from "react";
import type { Json } from "../../api/catalog";
import { seedsOf, seedText } from "../../experiment/seeds";
import { useSelected, useSetup, useValue } from "../context";
import { Card } from "./Card";
import styles from "./SeedsCard.module.css";

/** The seeds of every arm, typed as "1-20" or "1, 2, 5". */
export const SeedsCard = memo(function SeedsCard() {
  const setup = useSetup();
  const [text, setText] = useState<string | null>(null);
  const seeds = (useValue(["seeds"]) ?? []) as Json[];
  const problem = useSelected(
    ({ problems }) => problems.list.find((each) => each.location[0] === "seeds")?.message ?? null,
  );
  return (
    <Card title="Repeats" aside={`${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`}>
      <div className={styles.seeds}>
        <TextInput
          label="Seeds"
          aria-label="Seeds"
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
      <p className="hint">For each seed, all arms start from the same weights and see the same batches.</p>
    </Card>
  );
});
