import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Location } from "../../api/problem";
import type { SpecialSpec } from "../../experiment/catalog";
import { queries } from "../../state/queries";
import { useProblem, useSetup, useValue } from "../context";
import { placeOf } from "../store";
import { targetsOf } from "../table/columns";
import { Title } from "./Title";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
}

/** A column of the data set's file, any but the target, or an array of a value for each row, or none. */
export function OtherColumnField({ at, spec, title }: Props) {
  const setup = useSetup();
  const id = useValue(["dataset", "file"]);
  const target = useValue(["dataset", "target"]);
  const more = useValue(["dataset", "more_targets"]);
  const predicted = targetsOf({ target: target ?? "", more_targets: more ?? [] });
  const table = useQuery(queries.files).data?.find((each) => each.id === id);
  const arrays = useQuery(queries.arrayFiles).data?.find((each) => each.id === id);
  const value = String(useValue(at) ?? "");
  const problem = useProblem(at);
  const names = ((table ?? arrays)?.columns ?? []).map(({ name }) => name).filter((name) => !predicted.includes(name));
  return (
    <NativeSelect
      aria-label={title}
      data-place={placeOf(at)}
      data-testid={`field:${placeOf(at)}`}
      label={<Title title={title} description={spec.description} />}
      data={[{ value: "", label: "none" }, ...(value && !names.includes(value) ? [value] : []), ...names]}
      value={value}
      onChange={(event) => setup.set(at, event.currentTarget.value || null)}
      error={problem}
    />
  );
}
