import { expect, it } from "vitest";
import { armSeries } from "../../charts/series";
import { run } from "../../state/fixture";
import { exportFigure } from "./exportFigure";

it("lists the baseline first in its legend, also where gaps are filled", () => {
  const arms = ["baseline", "unit norm"].map((name) => ({
    name,
    colour: "#0072b2",
    series: armSeries([run(1, [0.9], [0.8])], "score"),
  }));
  const view = {
    family: "score",
    spread: "sd",
    log: false,
    smoothing: 1,
    epochs: [0, 10] as [number, number],
    y: [0.5, 1] as [number, number],
  } as const;
  const sheet = {
    arms,
    view,
    scheme: "light",
    columns: 2,
    panel: { width: 300, height: 200 },
    title: "Accuracy",
  } as const;
  for (const together of [true, false]) {
    const { data, layout } = exportFigure({ ...sheet, together });
    // Plotly's default with a gap filled between two curves is "reversed".
    expect(layout.legend).toMatchObject({ traceorder: "normal" });
    expect(data[0]?.name).toBe("baseline, train");
  }
});
