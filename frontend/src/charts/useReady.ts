import { startTransition, useEffect, useState } from "react";

/** Whether what takes long may be drawn: not with the rest of a place, but right after it, between other things. */
export function useReady(): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => startTransition(() => setReady(true)), []);
  return ready;
}
