import { useReady } from "../../charts/useReady";
import { isInDeviations, isScaled, ResultsTable } from "../table/ResultsTable";
import type { ViewProps } from "../viewProps";
import { CurvePanels } from "./CurvePanels";
import { PublishedCard } from "./PublishedCard";

/** The curves of the arms, and the figures that they end at. */
export function CurvesView({ view, arms, allArms, lastEpoch, curves, answers, settled }: ViewProps) {
  // What stands below the panels comes once they have their places.
  const ready = useReady();
  return (
    <>
      {answers}
      <CurvePanels
        arms={arms}
        score={view.score}
        lastEpoch={lastEpoch}
        options={curves.options}
        onOptions={curves.onOptions}
        spread={curves.spread}
      />
      {view.published && <PublishedCard view={view} published={view.published} />}
      {settled && ready && (
        <ResultsTable
          arms={allArms}
          score={view.score}
          majority={view.majority}
          scaled={isScaled(view)}
          inDeviations={isInDeviations(view)}
        />
      )}
    </>
  );
}
