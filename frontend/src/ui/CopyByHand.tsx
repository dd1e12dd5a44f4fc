import { useByHand } from "./copying";
import { fetchedDialog } from "./fetched";

const ByHandDialog = fetchedDialog(async () => (await import("./ByHandDialog")).ByHandDialog);
export const loadByHand = ByHandDialog.load;

/** Shows what could not be copied, so that it is copied by hand. */
export function CopyByHand() {
  const { offered, close } = useByHand();
  return <ByHandDialog opened={offered !== null} offered={offered} onClose={close} />;
}
