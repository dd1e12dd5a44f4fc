/** First drawings that nothing waits for, one a frame, so that the browser can take in events between them. */
const waiting: (() => void)[] = [];

function next(): void {
  requestAnimationFrame(() => {
    waiting.shift()?.();
    if (waiting.length) next();
  });
}

/** Calls `draw` in a frame of its own, in order of the calls. Returns a function that cancels it. */
export function queueDraw(draw: () => void): () => void {
  waiting.push(draw);
  if (waiting.length === 1) next();
  return () => {
    const place = waiting.indexOf(draw);
    if (place > 0) waiting.splice(place, 1);
    else if (place === 0) waiting[0] = () => undefined;
  };
}
