import type { SuiteVerdict } from "../../api/types";
import { count, figure } from "../../format";

const LEVEL = 0.05;

/** A rank with no more digits than it needs: "2", "2.5". */
export function shortRank(rank: number): string {
  return figure(rank, Number.isInteger(rank) ? 0 : 1);
}

/** What mean ranks are, and whether they differ by Friedman's test; with bars, what these join. */
export function ranksText({ p }: NonNullable<SuiteVerdict["friedman"]>, hasBars: boolean): string {
  const means =
    "A mean rank is an arm’s place averaged over the data sets, 1 being best; mean ranks that are further apart than " +
    "the critical difference (CD) differ.";
  const chance = p < 0.001 ? "p\u00a0<\u00a00.001" : `p\u00a0=\u00a0${figure(p)}`;
  if (p >= LEVEL) return `${means} Here all arms together show no clear difference (Friedman’s test, ${chance}).`;
  const joined = hasBars ? " Arms joined by a bar are not told apart by their ranks." : "";
  return `${means} Here the arms differ (Friedman’s test, ${chance}).${joined}`;
}

/** How many draws of the training rows the data sets have: "Each data set has one draw of its training rows." */
export function drawsText(datasets: readonly Pick<SuiteVerdict["datasets"][number], "draws">[]): string {
  const draws = datasets.map((dataset) => dataset.draws).filter((number) => number > 0);
  if (draws.length === 0) return "";
  const [least, most] = [Math.min(...draws), Math.max(...draws)];
  if (least !== most) return `Data sets have ${count(least)} to ${count(most)} draws of their training rows.`;
  return `Each data set has ${most === 1 ? "one draw" : `${count(most)} draws`} of its training rows${
    most === 1 ? "; another draw may answer otherwise" : ""
  }.`;
}
