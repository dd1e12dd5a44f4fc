import { NativeSelect } from "@mantine/core";
import { memo } from "react";
import { useProblem, useSelected, useSetup, useValue } from "../context";
import { sweepArms } from "../sweep/sweepArms";
import { Card } from "./Card";

/** The arm that is expected to win, noted before the run. */
export const PredictionCard = memo(function PredictionCard() {
  const setup = useSetup();
  const prediction = useValue(["prediction"]);
  const problem = useProblem(["prediction"]);
  const own = useSelected(({ draft }) => draft.arms);
  const sweepNames = useSelected((each) =>
    sweepArms(each)
      .map((arm) => arm.name)
      .join("\n"),
  );
  const names = [...own.map((arm) => arm.name), ...sweepNames.split("\n").filter(Boolean)];
  const chosen = typeof prediction === "string" ? prediction : "";
  if (names.length < 2 && !chosen) return null;
  return (
    <Card
      title="Predict"
      line={chosen || <span className="hint">Which arm will win?</span>}
      places={["prediction"]}
      aside="optional"
    >
      <NativeSelect
        label="Which arm do you expect to win?"
        value={chosen}
        error={problem}
        data={[
          { value: "", label: "I’d rather not say" },
          ...[...new Set([...names, ...(chosen ? [chosen] : [])])].map((name) => ({ value: name, label: name })),
        ]}
        onChange={(event) => setup.set(["prediction"], event.currentTarget.value || null)}
        data-place="prediction"
        data-testid="field:prediction"
      />
      <p className="hint">Writing it down first keeps you honest: it is shown beside the result.</p>
    </Card>
  );
});
