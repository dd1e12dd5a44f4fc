import type { Location } from "../../api/problem";
import { useProblem, useWarning } from "../context";
import { placeOf } from "../store";

/** What is wrong, or to be minded, at a place that is no field. */
export function FieldMessage({ at }: { at: Location }) {
  const problem = useProblem(at);
  const warning = useWarning(at);
  if (!problem && !warning) return null;
  return (
    <p className={problem ? "wrong" : "trap"} data-place={placeOf(at)} tabIndex={-1}>
      {problem ?? warning}
    </p>
  );
}
