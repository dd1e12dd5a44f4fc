import { INK } from "../../charts/palette";
import { type Canvas, MARGIN } from "../../charts/plotLayout";
import type { Axis, Figure, Trace } from "../../charts/plotly";
import type { Scheme } from "../../ui/scheme";
import { armTraces, curvesLayout, type DrawnArm, faintTraces, overlayTraces, type View } from "../curves/curves";

const GAP = 34;
const HEAD = 26;
const FOOT = 36;

/** Content of the exported figure: a panel for each arm, or all arms in one. */
interface Sheet {
  arms: readonly DrawnArm[];
  view: View;
  scheme: Scheme;
  together: boolean;
  columns: number;
  panel: { width: number; height: number };
  /** Title of the vertical axis: "Accuracy". */
  title: string;
}

/**
 * The panels as one figure, for pictures: what is on the screen, with names of arms and axes, a legend, and the bands.
 */
export function exportFigure({ arms, view, scheme, together, columns, panel, title }: Sheet): Figure {
  const panels = together ? 1 : arms.length;
  const across = Math.min(columns, panels);
  const down = Math.ceil(panels / across);
  const width = MARGIN.left + MARGIN.right + across * panel.width + (across - 1) * GAP;
  const height = HEAD + FOOT + 30 + down * panel.height + (down - 1) * (GAP + HEAD);
  const canvas: Canvas = { ...panel, scheme, zoomable: false };
  const one = curvesLayout(view, canvas);
  const plotWidth = width - MARGIN.left - MARGIN.right;
  const plotHeight = height - HEAD - FOOT - 30;
  const layout: Figure["layout"] = {
    ...one,
    width,
    height,
    margin: { l: MARGIN.left, r: MARGIN.right, t: HEAD, b: FOOT + 30, pad: 0 },
    paper_bgcolor: INK[scheme].ground,
    showlegend: true,
    legend: {
      traceorder: "normal",
      orientation: "h",
      x: 0,
      y: -(FOOT - 4) / plotHeight,
      yanchor: "top",
      font: { size: 11 },
    },
    annotations: [],
  };
  const annotations: object[] = [];
  const data: Trace[] = [];
  for (let i = 0; i < panels; i++) {
    const [column, row] = [i % across, Math.floor(i / across)];
    const x0 = (column * (panel.width + GAP)) / plotWidth;
    const top = 1 - (row * (panel.height + GAP + HEAD)) / plotHeight;
    const suffix = i ? String(i + 1) : "";
    const domain = { x: [x0, x0 + panel.width / plotWidth], y: [top - panel.height / plotHeight, top] };
    layout[`xaxis${suffix}`] = { ...one.xaxis, domain: domain.x, anchor: `y${suffix}` } satisfies Axis;
    layout[`yaxis${suffix}`] = { ...one.yaxis, domain: domain.y, anchor: `x${suffix}` } satisfies Axis;
    const label = (text: string, x: number, y: number, anchors: object) =>
      annotations.push({ text, x, y, xref: "paper", yref: "paper", showarrow: false, font: { size: 12 }, ...anchors });
    const head = together ? title : `<b>${escaped(arms[i]?.name ?? "")}</b>  ${title}`;
    label(head, x0, top, { xanchor: "left", yanchor: "bottom" });
    label("epoch", domain.x[1] as number, domain.y[0] as number, {
      xanchor: "right",
      yanchor: "bottom",
      font: { size: 11 },
    });
    const traces = together ? overlayTraces(arms, view, canvas) : panelTraces(arms, i, view, canvas);
    for (const trace of traces) data.push({ ...trace, xaxis: `x${suffix}`, yaxis: `y${suffix}` } as Trace);
  }
  return { data, layout: { ...layout, annotations } };
}

function panelTraces(arms: readonly DrawnArm[], index: number, view: View, canvas: Canvas): Trace[] {
  const [baseline, arm] = [arms[0], arms[index]];
  if (!arm || !baseline) return [];
  const behind = index > 0 ? faintTraces(baseline, view, canvas).map((trace) => ({ ...trace, showlegend: false })) : [];
  return [...behind, ...armTraces(arm, view, canvas)];
}

/** Plotly takes its texts for HTML. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
