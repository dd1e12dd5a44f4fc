import { NativeSelect, Popover, SegmentedControl, Switch, UnstyledButton } from "@mantine/core";
import clsx from "clsx";
import type { Family } from "../../charts/series";
import { SPREAD_WORDS, SPREADS, type SpreadKind } from "../../charts/spread";
import { figure, scoreTitle } from "../../format";
import viewStyles from "../view.module.css";
import type { ViewProps } from "../viewProps";
import styles from "./CurveControls.module.css";
import { SMOOTHINGS } from "./curveOptions";

/** Choice of what the curves show. */
export function CurveControls({ view, arms, curves: { options, onOptions, spread, onSpread } }: ViewProps) {
  const { family, log, logLoss, together, smoothing, zoom } = options;
  const several = arms.some((arm) => arm.runs.length > 1);
  return (
    <div className={styles.controls}>
      {zoom && (
        <UnstyledButton className="more" onClick={() => onOptions({ ...options, zoom: null })}>
          Show all epochs
        </UnstyledButton>
      )}
      <span className={clsx(viewStyles.keys, styles.keys)} aria-hidden="true">
        <i className={viewStyles.key} /> train <i className={clsx(viewStyles.key, viewStyles.dashed)} /> test
      </span>
      {family === "score" && view.score === "accuracy" && (
        <span
          className={clsx("hint", styles.majority)}
          title="Accuracy of always saying the most frequent class, on the test rows"
          data-testid="majority"
        >
          {view.majority?.test != null && `majority ${figure(view.majority.test)}`}
        </span>
      )}
      <SegmentedControl
        size="xs"
        aria-label="What is drawn"
        value={family}
        data={[
          { value: "score", label: scoreTitle(view.score) },
          { value: "loss", label: "Loss" },
        ]}
        onChange={(chosen) => onOptions({ ...options, family: chosen as Family })}
      />
      <Popover position="bottom-end" withinPortal={false} trapFocus>
        <Popover.Target>
          <UnstyledButton className="more" data-testid="curve-options">
            Options
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown className={styles.options}>
          <Switch
            label="All in one"
            checked={together}
            onChange={(event) => onOptions({ ...options, together: event.currentTarget.checked })}
          />
          <Switch
            label="Log epochs"
            checked={log}
            onChange={(event) => onOptions({ ...options, log: event.currentTarget.checked, zoom: null })}
          />
          {family === "loss" && (
            <Switch
              label="Log loss axis"
              checked={logLoss}
              onChange={(event) => onOptions({ ...options, logLoss: event.currentTarget.checked })}
              data-testid="log-loss"
            />
          )}
          <NativeSelect
            label="Smoothing"
            value={String(smoothing)}
            data={SMOOTHINGS.map((epochs) => ({
              value: String(epochs),
              label: epochs === 1 ? "None" : `Running mean over ${epochs} epochs`,
            }))}
            onChange={(event) => onOptions({ ...options, smoothing: Number(event.currentTarget.value) })}
            data-testid="smoothing"
          />
          {several && !together && (
            <NativeSelect
              label="Spread over seeds"
              value={spread}
              data={SPREADS.map((kind) => ({ value: kind, label: SPREAD_WORDS[kind].title }))}
              onChange={(event) => onSpread(event.currentTarget.value as SpreadKind)}
              data-testid="spread"
            />
          )}
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
