import { loadPlotly } from "../../charts/plotly";
import { armSeries } from "../../charts/series";
import { armTraces, curvesLayout, type View } from "./curves";

const TIMES = 4;
const VIEW: View = { family: "score", spread: "sd", log: false, smoothing: 1, epochs: [0, 100], y: [0, 1] };
const CANVAS = { width: 400, height: 220, scheme: "light", zoomable: true } as const;

/**
 * Draws empty panels out of sight while nothing else is to be done, so that the browser has compiled that code before
 * Run is pressed. The first drawings of a page take three times as long as later ones.
 */
export async function warmUp(): Promise<void> {
  const plotly = await loadPlotly();
  const idle = window.requestIdleCallback ?? ((task: () => void) => setTimeout(task, 200));
  const arm = { name: "", colour: "#000000", series: armSeries([], "score") };
  let left = TIMES;
  const draw = async () => {
    const host = document.createElement("div");
    host.className = "out-of-sight";
    host.setAttribute("aria-hidden", "true");
    document.body.append(host);
    const traces = armTraces(arm, VIEW, CANVAS).map((trace) => ({ ...trace, x: [1, 2], y: [0, 1] }));
    await plotly.react(host, traces, curvesLayout(VIEW, CANVAS), { displayModeBar: false });
    plotly.purge(host);
    host.remove();
    left -= 1;
    if (left > 0) idle(() => void draw());
  };
  idle(() => void draw());
}
