import { Suspense, useState } from "react";
import { fetched } from "../../ui/fetched";
import { ViewBoundary } from "../../ui/ViewBoundary";
import { PickerButton, type PickerProps } from "./PickerButton";

const OpenPicker = fetched<PickerProps>(async () => (await import("./OpenPicker")).OpenPicker);
export const loadPicker = OpenPicker.load;

/** A button that opens choices under headings, with a search where there are many. */
export function Picker(props: PickerProps) {
  const [wanted, setWanted] = useState(false);
  const { children, plus, variant, testId } = props;
  const closed = (
    <PickerButton
      {...{ plus, variant, testId }}
      aria-haspopup="listbox"
      aria-expanded={false}
      onClick={() => setWanted(true)}
    >
      {children}
    </PickerButton>
  );
  if (!wanted) return closed;
  return (
    <ViewBoundary>
      <Suspense fallback={closed}>
        <OpenPicker {...props} />
      </Suspense>
    </ViewBoundary>
  );
}
