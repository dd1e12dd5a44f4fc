import { memo } from "react";
import type { Json } from "../../api/catalog";
import { DRAW_FIELDS, drawsText } from "../../experiment/replicates";
import { plural } from "../../format";
import { useSelected, useValue } from "../context";
import { Card } from "./Card";
import { SeedsFields } from "./fetchedFields";

/** The seeds of every arm, and the draws of its rows. */
export const SeedsCard = memo(function SeedsCard() {
  const seeds = (useValue(["seeds"]) ?? []) as Json[];
  const draws = useSelected(({ draft }) => drawsText(draft));
  const repeats = [draws, plural(seeds.length, "seed")].filter(Boolean).join(" × ");
  return (
    <Card
      title="Repeats"
      line={
        <>
          {repeats} {!draws && <span className="hint">more draws make an answer that holds</span>}
        </>
      }
      places={["seeds", "claims", ...DRAW_FIELDS.map((name) => `split/${name}`)]}
      aside={repeats}
    >
      <SeedsFields />
    </Card>
  );
});
