import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { exportAddress } from "../../api/client";
import { loadPlotly } from "../../charts/plotly";
import { scoreTitle } from "../../format";
import { queries } from "../../state/queries";
import { useScheme } from "../../ui/scheme";
import { columnsFor } from "../columns";
import { drawnArm, viewOf } from "../curves/curveOptions";
import type { ViewProps } from "../viewProps";
import styles from "./ExportView.module.css";
import { exportFigure } from "./exportFigure";

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

/** Links to the service's exports, and the curves as pictures. */
export function ExportView({ view, arms, curves: { options, spread }, lastEpoch }: ViewProps) {
  const scheme = useScheme();
  const { data: formats = [], failureReason } = useQuery(queries.exports);
  const picture = useMutation({
    networkMode: "always",
    mutationFn: async (format: "png" | "svg") => {
      const drawn = arms.map((arm) => drawnArm(arm, options.family, scheme));
      const shown = exportFigure({
        arms: drawn,
        view: viewOf(options, spread, lastEpoch, drawn, view.score),
        scheme,
        together: options.together,
        columns: columnsFor(arms.length, SHEET_WIDTH),
        panel: PANEL,
        title: options.family === "score" ? scoreTitle(view.score) : "Loss",
      });
      const { width, height } = shown.layout;
      const plotly = await loadPlotly();
      await plotly.downloadImage(shown, {
        format,
        width,
        height,
        scale: format === "png" ? 2 : 1,
        filename: `${fileName(view.name)}-curves`,
      });
    },
  });
  const busy = picture.isPending ? picture.variables : null;
  const link = { component: "a" as const, size: "xs" as const, variant: "default" as const, download: true };
  const button = { size: "xs" as const, variant: "default" as const };
  return (
    <dl className={styles.exports} data-testid="exports">
      {formats.map(({ name, title, summary, takes_arm }) => (
        <Row key={name} title={title} description={summary}>
          <Button {...link} href={exportAddress(view.id, name)} data-testid={`export:${name}`}>
            {name}
          </Button>
          {takes_arm &&
            arms.length > 1 &&
            arms.map((arm) => (
              <Button key={arm.name} {...link} href={exportAddress(view.id, name, arm.name)} title={arm.name}>
                {arm.name}
              </Button>
            ))}
        </Row>
      ))}
      <Row
        title="Charts"
        description="The curves as the Curves view shows them, with spread, legend and names of the axes"
      >
        <Button {...button} loading={busy === "png"} onClick={() => picture.mutate("png")} data-testid="export:png">
          PNG
        </Button>
        <Button {...button} loading={busy === "svg"} onClick={() => picture.mutate("svg")} data-testid="export:svg">
          SVG
        </Button>
      </Row>
      {picture.isError && (
        <p className="wrong" role="alert">
          The picture couldn’t be drawn. Check that you are online, then try again.
        </p>
      )}
      {failureReason && (
        <p className="wrong" role="alert">
          {failureReason.message}
        </p>
      )}
    </dl>
  );
}

function Row({ title, description, children }: { title: string; description: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>
        {title} <span className="hint">{description}</span>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
