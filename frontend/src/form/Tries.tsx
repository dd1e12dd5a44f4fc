import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useContext } from "react";
import { fileField } from "../experiment/catalog";
import type { Draft } from "../experiment/draft";
import { draftOf } from "../experiment/draftOf";
import { drawsText } from "../experiment/replicates";
import { plural } from "../format";
import { queries } from "../state/queries";
import { announce } from "../ui/announce";
import { OpenCardContext, useSelected, useSetup } from "./context";
import { askedOf } from "./lesson";
import { MethodsChip } from "./methods/MethodsButtons";
import styles from "./RunBar.module.css";

const TRIES = [
  {
    title: "Watch it overfit",
    preset: "tutorial",
    summary: "One wide network learns 30 noisy points by heart",
    /** Asks its question of any data set; others show it on their own. */
    asks: false,
    of: (draft: Draft): Draft => ({ ...draft, name: "Watch it overfit", arms: draft.arms.slice(0, 1) }),
  },
  {
    title: "Does max norm help?",
    preset: "draws",
    summary: "The answer over 20 draws of the training rows",
    asks: true,
    of: (draft: Draft): Draft => draft,
  },
] as const;

/** Names of the experiments that are tried here. */
export const TRIED_NAMES: readonly string[] = TRIES.map(({ title }) => title);

/**
 * What to try first: two experiments, which run at once on the tutorial's data set, and a table of one's own. With another
 * data set in the form, a question is asked of that, and is only set up; a demonstration says that it is one.
 */
export function Tries({ onRun }: { onRun: () => void }) {
  const setup = useSetup();
  const client = useQueryClient();
  const [, openCard] = useContext(OpenCardContext);
  const { mutate } = useMutation({
    mutationFn: async ({ title, preset, of, asks }: (typeof TRIES)[number]) => {
      const { experiment } = await client.fetchQuery({ ...queries.preset(preset), retry: false });
      const tried = of(draftOf(experiment, setup.catalog));
      const isOther = tried.dataset.kind !== setup.draft.dataset.kind;
      const asked = asks && isOther ? askedOf(tried, setup.draft, setup.catalog) : null;
      if (asked) {
        const text = `“${title}” is set up for your data: ${plural(asked.arms.length, "arm")}, ${drawsText(asked) || plural(asked.seeds.length, "seed")}. Press Run.`;
        setup.replace(asked, text);
        announce(text);
        return;
      }
      setup.replace(tried, `“${title}” replaced the set-up.`);
      onRun();
    },
  });
  // The tutorial's data set is the catalog's first.
  const isOther = useSelected(({ draft, catalog }) => draft.dataset.kind !== catalog.datasets[0]?.kind);
  const own = setup.catalog.datasets.find((entry) => fileField(entry, setup.catalog));
  return (
    <div className={styles.tries}>
      <span className="hint">Try:</span>
      {TRIES.map((each) => (
        <Button
          key={each.title}
          size="compact-sm"
          variant="default"
          title={
            !isOther
              ? each.summary
              : each.asks
                ? "Asked of your data set: set up, not yet run"
                : `${each.summary}: it replaces the set-up`
          }
          onClick={() => mutate(each)}
          data-testid={`try:${each.preset}`}
        >
          {isOther && !each.asks ? `Demo: ${each.title.toLowerCase()}` : each.title}
        </Button>
      ))}
      <MethodsChip />
      {own && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            setup.chooseDataset(own);
            openCard("Data");
          }}
          data-testid="try:own"
        >
          Use my data
        </Button>
      )}
    </div>
  );
}
