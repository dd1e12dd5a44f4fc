import { memo } from "react";
import { armColour } from "../../charts/palette";
import { huesOf } from "../../state/arms";
import { useScheme } from "../../ui/scheme";
import { useSelected } from "../context";
import { Card } from "./Card";
import cardStyles from "./Card.module.css";
import { ArmsFields } from "./fetchedFields";

/** The arms, each with its changes from the base. */
export const ArmsCard = memo(function ArmsCard() {
  return (
    <Card title="Arms" line={<Names />} places={["arms", "published"]} aside="compared with the first">
      <ArmsFields />
    </Card>
  );
});

/** Most arms that are named in the card's line. */
const NAMED = 6;

/** The arms' names, each after its colour. */
function Names() {
  const scheme = useScheme();
  const arms = useSelected(({ draft }) => draft.arms);
  const hues = huesOf(arms);
  return (
    <span className={cardStyles.arms}>
      {arms.slice(0, NAMED).map((arm, index) => (
        <span key={index}>
          <span className="swatch" style={{ background: armColour(hues[index] ?? index, scheme) }} aria-hidden="true" />
          {arm.name}
        </span>
      ))}
      {arms.length > NAMED && <span>and {arms.length - NAMED} more</span>}
    </span>
  );
}
