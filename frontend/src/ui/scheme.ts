import { useComputedColorScheme } from "@mantine/core";

/** The colour scheme that is shown, whether chosen or the system's. */
export function useScheme(): Scheme {
  return useComputedColorScheme("light", { getInitialValueInEffect: false });
}

export type Scheme = "light" | "dark";
