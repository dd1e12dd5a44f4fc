import { NativeSelect } from "@mantine/core";
import type { Location } from "../../api/problem";
import type { SpecialSpec } from "../../experiment/catalog";
import { setIn } from "../../experiment/draft";
import { useProblem, useSetup, useValue } from "../context";
import { Title } from "../fields/Title";
import { placeOf } from "../store";
import { targetsOf } from "./columns";
import { useFile } from "./useFile";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
}

/** The column of the file that is predicted. */
export function TargetField({ at, spec, title }: Props) {
  const setup = useSetup();
  const file = useFile(at);
  const value = String(useValue(at) ?? "");
  const problem = useProblem(at);
  if (!file) return null;
  const names = file.columns.map((column) => column.name);
  return (
    <NativeSelect
      aria-label={title}
      data-place={placeOf(at)}
      data-testid={`field:${placeOf(at)}`}
      label={<Title title={title} description={spec.description} />}
      data={names.includes(value) ? names : [{ value, label: value || "choose a column" }, ...names]}
      value={value}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        setup.chooseSource((draft) => {
          const place = [...at.slice(0, -1), "features"];
          const features = draft.dataset.features;
          const more = targetsOf(draft.dataset)
            .slice(1)
            .filter((name) => name !== chosen);
          const next = setIn(setIn(draft, at, chosen), [...at.slice(0, -1), "more_targets"], more);
          // The target can't be a feature.
          return Array.isArray(features)
            ? setIn(
                next,
                place,
                features.filter((name) => name !== chosen),
              )
            : next;
        });
      }}
      error={problem}
    />
  );
}
