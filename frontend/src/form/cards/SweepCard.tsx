import { memo } from "react";
import { replicatesOf } from "../../experiment/replicates";
import { plural } from "../../format";
import { useSelected } from "../context";
import { sweepArms } from "../sweep/sweepArms";
import { Card } from "./Card";
import { SweepFields } from "./fetchedFields";

/** Arms from a range of one number, or of two. */
export const SweepCard = memo(function SweepCard() {
  const sweep = useSelected(({ draft }) => draft.sweep ?? null);
  const armCount = useSelected((each) => sweepArms(each).length);
  const replicates = useSelected(({ draft }) => replicatesOf(draft).length);
  const aside = armCount ? `${plural(armCount, "arm")}, ${plural(armCount * replicates, "run")}` : undefined;
  return (
    <Card
      title="Sweep"
      line={sweep ? aside : <span className="hint">vary a number</span>}
      places={["sweep"]}
      aside={sweep ? aside : undefined}
    >
      <SweepFields />
    </Card>
  );
});
