import { NativeSelect } from "@mantine/core";
import { useContext } from "react";
import type { Fields } from "../../api/catalog";
import type { Location } from "../../api/problem";
import type { SpecialSpec } from "../../experiment/catalog";
import { plain } from "../../experiment/phrases";
import { useProblem, useSelected, useSetup, useValue, WeightContext } from "../context";
import { placeOf } from "../store";
import { ColumnsField } from "../table/ColumnsField";
import { FileField } from "../table/FileField";
import { MoreTargetsField } from "../table/MoreTargetsField";
import { TargetField } from "../table/TargetField";
import { ArraysField } from "./ArraysField";
import { AxisField } from "./AxisField";
import { OtherColumnField } from "./OtherColumnField";
import { TestFileField } from "./TestFileField";
import { Title } from "./Title";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
}

/** A field whose choices come from the rest of the set-up. */
export function SpecialField({ at, spec, title }: Props) {
  const weight = useContext(WeightContext);
  switch (spec.widget) {
    case "layer":
      return <LayerField at={at} spec={spec} title={title} />;
    case "file":
      return <FileField at={at} spec={spec} title={title} />;
    case "table_file":
      return <TestFileField at={at} spec={spec} title={title} />;
    case "arrays_file":
      return <ArraysField at={at} spec={spec} title={title} />;
    case "column":
      return <TargetField at={at} spec={spec} title={title} />;
    case "more_targets":
      return <MoreTargetsField at={at} spec={spec} title={title} />;
    case "columns":
      return <ColumnsField at={at} spec={spec} title={title} />;
    case "other_column":
      return <OtherColumnField at={at} spec={spec} title={title} />;
    case "treatments":
      return null;
    case "axis":
      return <AxisField at={at} spec={spec} weight={weight} />;
  }
}

/** Names of the layers before the one that `at` is in, in one word each. */
function earlier(layers: readonly Fields[], at: Location): string[] {
  const names = layers.map((layer) => String(layer.name));
  const [root, , index] = at;
  const own = root === "network" ? Number(index) : names.indexOf(String(at[4]));
  return names.slice(0, Math.max(own, 0));
}

/** One of the layers before this one, or the network's input. */
function LayerField({ at, spec, title }: Props) {
  const setup = useSetup();
  const value = plain(useValue(at));
  const problem = useProblem(at);
  const names = useSelected(({ draft }) => earlier(draft.network.layers, at).join(" ")).split(" ");
  const known = ["", ...names.filter(Boolean)];
  return (
    <NativeSelect
      label={<Title title={title} description={spec.description} />}
      aria-label={title}
      data-place={placeOf(at)}
      data-testid={`field:${placeOf(at)}`}
      data={[...known, ...(known.includes(value) ? [] : [value])].map((name) => ({
        value: name,
        label: name || "the input",
      }))}
      value={value}
      onChange={(event) => setup.set(at, event.currentTarget.value)}
      error={problem}
    />
  );
}
