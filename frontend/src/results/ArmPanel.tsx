import type { ReactNode } from "react";
import { armColour } from "../charts/palette";
import type { ArmState } from "../state/arms";
import { useScheme } from "../ui/scheme";
import { divergedText } from "./divergedText";
import viewStyles from "./view.module.css";

interface Props {
  arm: Pick<ArmState, "name" | "hue" | "runs">;
  description: string;
  testId: string;
  /** Number of parts below the head; the parts of panels side by side are aligned. */
  parts: number;
  children: ReactNode;
}

/** One arm's part of a view: its name, what there is to know, and what is drawn. */
export function ArmPanel({ arm, description, testId, parts, children }: Props) {
  const scheme = useScheme();
  return (
    <section
      className={viewStyles.panel}
      style={{ gridRow: `span ${parts + 1}` }}
      aria-label={arm.name}
      data-testid={`${testId}:${arm.name}`}
    >
      <header>
        <h3>
          <span className="swatch" style={{ background: armColour(arm.hue, scheme) }} aria-hidden="true" />
          {arm.name}
        </h3>
        <p className="hint">{[description, divergedText(arm)].filter(Boolean).join("; ")}</p>
      </header>
      {children}
    </section>
  );
}
