import { useCallback } from "react";
import { useSearchParams } from "wouter";

/** A choice that is kept in the address, so that a reload and a link show the same. The first one is not written. */
export function useUrlParam<T extends string>(name: string, choices: readonly [T, ...T[]]): [T, (choice: T) => void] {
  const [search, setSearch] = useSearchParams();
  const written = search.get(name);
  const chosen = choices.find((choice) => choice === written) ?? choices[0];
  const [first] = choices;
  const choose = useCallback(
    (choice: T) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (choice === first) after.delete(name);
          else after.set(name, choice);
          return after;
        },
        { replace: true },
      ),
    [setSearch, name, first],
  );
  return [chosen, choose];
}
