import type { PredictedRow, Predictions } from "../../api/types";
import { isNumeric } from "../../experiment/tasks";
import { count, figure, plural } from "../../format";
import type { RowsAsked } from "../../state/queries";

type Show = RowsAsked["show"];
type Cell = PredictedRow["cells"][number];

/** The filters, by what they are called. The baseline isn't compared with itself. */
export function filters(regression: boolean, isBaseline: boolean): { value: Show; label: string }[] {
  const compared: { value: Show; label: string }[] = regression
    ? [
        { value: "worse", label: "Error larger than the baseline's" },
        { value: "better", label: "Error smaller than the baseline's" },
      ]
    : [
        { value: "worse", label: "Wrong where the baseline is right" },
        { value: "better", label: "Right where the baseline is wrong" },
      ];
  return [
    ...(regression ? [] : [{ value: "wrong" as const, label: "Wrong rows" }]),
    { value: "all", label: regression ? "All rows, largest error first" : "All rows" },
    ...(isBaseline ? [] : compared),
  ];
}

/** A cell as a person reads it: nothing where there is no value. */
export function cellText(cell: Cell): string {
  if (cell === null) return "";
  // A percentage was divided by 100: 10.1 % is 0.10099999999999999 in binary.
  return String(typeof cell === "number" ? Number(cell.toPrecision(15)) : cell);
}

/** A predicted value or error in six digits, as a model's outputs bear no more; a class by its name. */
export function predictionText(prediction: Cell): string {
  if (prediction === null) return "not finite";
  return typeof prediction === "number" ? String(Number(prediction.toPrecision(6))) : prediction;
}

/** "0.98", and more digits where that would be 1. */
export function probabilityText(probability: number | null): string {
  if (probability === null) return "–";
  return probability < 1 && probability > 0.9995 ? "> 0.999" : figure(probability);
}

/** Number of rows that are listed, and of all. */
export function summaryText(found: Predictions, show: Show, set: RowsAsked["set"]): string {
  const rows = `${count(found.kept_rows)} ${set === "holdout" ? "sealed" : "test"} ${found.kept_rows === 1 ? "row" : "rows"}`;
  const first = found.kept_rows < found.set_rows ? ` (the first of ${count(found.set_rows)})` : "";
  if (isNumeric(found.task)) {
    if (show === "all" || show === "wrong") return `${rows}${first}, the largest error first.`;
    const than = show === "worse" ? "larger" : "smaller";
    return `On ${count(found.total)} of ${rows}${first} the error is ${than} than the baseline's.`;
  }
  const labels = found.task === "labels" ? " in all labels" : "";
  if (show === "all") return `${rows}${first}: ${count(found.right ?? 0)} right${labels}, the others first.`;
  const order = labels ? ", the one with most mistakes first" : ", the surest mistake first";
  const verb = found.total === 1 ? "is" : "are";
  const what = {
    wrong: `${verb} wrong${labels && " in a label"}`,
    worse: `${verb} wrong here and right in the baseline`,
    better: `${verb} right here and wrong in the baseline`,
  }[show];
  return `${count(found.total)} of ${rows}${first} ${what}${found.total > 1 ? order : ""}.`;
}

/** "Rows 51 to 100 of 312". */
export function pageText(start: number, shown: number, total: number): string {
  return shown === 0 ? plural(total, "row") : `Rows ${count(start + 1)} to ${count(start + shown)} of ${count(total)}`;
}

/** The bytes of a text in base64. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
