import { useComputedColorScheme } from "@mantine/core";
import type { Scheme } from "../charts/palette";

/** The colour scheme that is shown, whether chosen or the system's. */
export function useScheme(): Scheme {
  return useComputedColorScheme("light", { getInitialValueInEffect: false });
}
