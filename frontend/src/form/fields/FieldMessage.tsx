import type { Location } from "../../api/problem";
import { useProblem, useWarning } from "../context";
import { placeOf } from "../store";

/** Problem or warning at a location that has no field of its own. */
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
