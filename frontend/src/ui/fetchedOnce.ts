/** Fetches once what `load` gives. A failure is not kept: the next call tries again. */
export function fetchedOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let fetching: Promise<T> | null = null;
  return () => {
    fetching ??= load().catch((error: unknown) => {
      fetching = null;
      throw error;
    });
    return fetching;
  };
}
