import { memo } from "react";
import type { Preview } from "../../api/types";
import { entryOf } from "../../experiment/catalog";
import { layerText, outputText } from "../../experiment/phrases";
import { plural } from "../../format";
import { useSelected, useSetup } from "../context";
import { Card } from "./Card";
import { NetworkFields } from "./fetchedFields";
import { shapeText } from "./shapeText";

/** The base network: hidden layers as a stack, then the layer that the task implies. */
export const NetworkCard = memo(function NetworkCard({ preview }: { preview: Preview | null }) {
  return (
    <Card title="Network" line={<Stack preview={preview} />} places={["network"]} aside={<Size />}>
      <NetworkFields preview={preview} />
    </Card>
  );
});

/** The layers in a line: "Dense 500, relu → 1 sigmoid unit". */
function Stack({ preview }: { preview: Preview | null }) {
  const { catalog } = useSetup();
  const line = useSelected(({ draft }) =>
    draft.network.layers
      .map((layer) => {
        const entry = entryOf(catalog.layers, layer.kind);
        return entry ? `${entry.title} ${layerText(layer, entry, catalog)}`.trim() : "";
      })
      .join(" → "),
  );
  const output = preview && outputText(preview).split(",")[0];
  return [line || "no hidden layer", output].filter(Boolean).join(" → ");
}

/** The network's input shape and number of parameters, once the lab has checked the draft. */
function Size() {
  const layers = useSelected(({ checked }) => checked?.view.layers);
  const [first] = layers ?? [];
  if (!layers || !first) return null;
  // The check lists layers up to the first incompatible one; then the network has no total.
  const complete = layers.at(-1)?.name === "output";
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  return (
    <>
      {shapeText(first.input_shape)} in{complete && `, ${plural(parameters, "parameter")}`}
    </>
  );
}
