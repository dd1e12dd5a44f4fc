import { ActionIcon, NativeSelect } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { type KeyboardEvent, useEffect, useReducer } from "react";
import { count } from "../format";
import { placeOf, SPEEDS } from "../state/clock";
import { icons } from "../ui/icons";
import { useClock } from "./hover";
import styles from "./Scrubber.module.css";

/** Chooses the epoch that every view shows, for all arms together, or plays them. */
export function Scrubber({ live }: { live: boolean }) {
  const clock = useClock();
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => clock.subscribe(redraw), [clock]);
  const calm = useReducedMotion();
  useEffect(() => {
    clock.stepwise = calm;
  }, [clock, calm]);
  // Pauses on unmount.
  useEffect(() => () => (clock.playing() ? clock.pause() : undefined), [clock]);

  const { stops, newest } = clock;
  const playing = clock.playing();
  const following = clock.chosen() === null;
  const toggle = () => (playing ? clock.pause() : clock.play());
  const moves: Record<string, () => void> = {
    ArrowLeft: () => clock.step(-1),
    ArrowDown: () => clock.step(-1),
    ArrowRight: () => clock.step(1),
    ArrowUp: () => clock.step(1),
    PageDown: () => clock.step(-10),
    PageUp: () => clock.step(10),
    Home: () => clock.choose(stops[0] ?? 0),
    End: () => clock.choose(null),
    " ": toggle,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };
  const text = `epoch ${count(following && live ? newest : clock.stop())}`;
  return (
    <section className={styles.scrubber} aria-label="Replay" data-testid="scrubber" data-epoch={clock.stop()}>
      <ActionIcon
        aria-label={playing ? "Pause the replay" : "Play the training again"}
        onClick={toggle}
        disabled={stops.length < 2}
        data-testid="play"
      >
        {playing ? icons.pause : icons.play}
      </ActionIcon>
      <input
        type="range"
        min={0}
        max={Math.max(1, stops.length - 1)}
        step="any"
        value={placeOf(stops, clock.epoch())}
        onChange={(event) => clock.choose(stops[Math.round(Number(event.currentTarget.value))] ?? 0)}
        onKeyDown={onKeyDown}
        aria-label="Epoch shown"
        aria-valuetext={text}
        disabled={stops.length < 2}
        data-testid="epoch"
      />
      <output className="tabular">{text}</output>
      <NativeSelect
        aria-label="Speed of the replay"
        value={clock.speed}
        data={SPEEDS.map((speed) => ({ value: String(speed), label: `${speed} ×` }))}
        onChange={(event) => clock.setSpeed(Number(event.currentTarget.value))}
      />
    </section>
  );
}
