import { formLoads } from "../form/loads";
import { loadCommands } from "../ui/CommandPalette";
import { loadFormats } from "../ui/CopyButtons";
import { loadByHand } from "../ui/CopyByHand";
import { prefetch } from "../ui/fetched";
import { loadKeys } from "../ui/KeysButton";
import { ExperimentPage, placeLoads } from "./places";

const viewLoads = async () => prefetch((await import("../results/views")).viewLoads);

/** Fetches the rest of the page while it is idle: first what Run shows, then what is opened in the Lab. */
export function prefetchAll(): void {
  prefetch([
    ExperimentPage.load,
    ...formLoads,
    loadFormats,
    loadCommands,
    viewLoads,
    ...placeLoads,
    loadKeys,
    loadByHand,
  ]);
}
