import { Button } from "@mantine/core";
import { useState } from "react";
import { api } from "../../api/client";
import { ApiError } from "../../api/problem";
import { plotlyLoading } from "../../charts/plotly";
import { scoreTitle } from "../../format";
import { useScheme } from "../../ui/scheme";
import { columnsFor } from "../columns";
import { drawnArm, viewOf } from "../curves/curveOptions";
import type { ViewProps } from "../viewProps";
import { curvesCsv } from "./curvesCsv";
import styles from "./ExportView.module.css";
import { sheetFigure } from "./exportFigure";

const PANEL = { width: 400, height: 250 };
const SHEET_WIDTH = 1280;

/** A name that any file system takes. */
function fileName(name: string): string {
  return (
    name
      .trim()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, "")
      .toLowerCase() || "experiment"
  );
}

function save(text: string, type: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Everything that can be taken away: the report, the script, the curves and the charts as they are shown. */
export function ExportView({ view, arms, curves: { options, spread }, lastEpoch }: ViewProps) {
  const scheme = useScheme();
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const name = fileName(view.name);

  const during = async (what: string, work: () => Promise<void>) => {
    setBusy(what);
    setRefusal(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefusal(error.message);
    } finally {
      setBusy(null);
    }
  };
  const saveCurves = (kind: "json" | "csv") =>
    during(kind, async () => {
      const all = await api.curves(view.id);
      if (kind === "json") save(JSON.stringify(all), "application/json", `${name}-curves.json`);
      else save(curvesCsv(all), "text/csv", `${name}-curves.csv`);
    });
  const picture = (format: "png" | "svg") =>
    during(format, async () => {
      const drawn = arms.map((arm) => drawnArm(arm, options.family, scheme));
      const shown = sheetFigure({
        arms: drawn,
        view: viewOf(options, spread, lastEpoch, drawn, view.score),
        scheme,
        together: options.together,
        columns: columnsFor(arms.length, SHEET_WIDTH),
        panel: PANEL,
        title: options.family === "score" ? scoreTitle(view.score) : "Loss",
      });
      const { width, height } = shown.layout;
      const plotly = await plotlyLoading;
      await plotly.downloadImage(shown, {
        format,
        width,
        height,
        scale: format === "png" ? 2 : 1,
        filename: `${name}-curves`,
      });
    });
  const link = { component: "a" as const, size: "xs" as const, variant: "default" as const, download: true };
  const button = { size: "xs" as const, variant: "default" as const };
  return (
    <dl className={styles.exports} data-testid="exports">
      <Row
        title="Report"
        words="One file that opens without the service: data, network, arms, curves, norms, boundaries, verdict and script"
      >
        <Button {...link} href={api.reportAddress(view.id)} data-testid="report">
          Report as HTML
        </Button>
      </Row>
      <Row
        title="Script"
        words="Plain Keras that ends at the same figures and saves each arm’s weights; needs TensorFlow, scikit-learn and Matplotlib"
      >
        <Button {...link} href={api.scriptAddress(view.id)}>
          All arms
        </Button>
        {arms.length > 1 &&
          arms.map((arm) => (
            <Button key={arm.name} {...link} href={api.scriptAddress(view.id, arm.name)}>
              {arm.name}
            </Button>
          ))}
      </Row>
      <Row title="Curves" words="Every epoch of every run">
        <Button {...button} loading={busy === "json"} onClick={() => void saveCurves("json")} data-testid="export:json">
          JSON
        </Button>
        <Button {...button} loading={busy === "csv"} onClick={() => void saveCurves("csv")} data-testid="export:csv">
          CSV
        </Button>
      </Row>
      <Row title="Charts" words="The curves as the Curves view shows them, with spread, legend and names of the axes">
        <Button {...button} loading={busy === "png"} onClick={() => void picture("png")} data-testid="export:png">
          PNG
        </Button>
        <Button {...button} loading={busy === "svg"} onClick={() => void picture("svg")} data-testid="export:svg">
          SVG
        </Button>
      </Row>
      {refusal && (
        <p className="wrong" role="alert">
          {refusal}
        </p>
      )}
    </dl>
  );
}

function Row({ title, words, children }: { title: string; words: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>
        {title} <span className="hint">{words}</span>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
