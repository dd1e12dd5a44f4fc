import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Location } from "../../api/problem";
import type { SpecialSpec } from "../../experiment/catalog";
import { queries } from "../../state/queries";
import { useProblem, useSetup, useValue } from "../context";
import { placeOf } from "../store";
import { toldApart } from "../table/toldApart";
import { Title } from "./Title";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
}

/** Select of the test rows' source: this file, or another uploaded table. */
export function TestFileField({ at, spec, title }: Props) {
  const setup = useSetup();
  const files = useQuery(queries.files).data ?? [];
  const own = useValue([...at.slice(0, -1), "file"]);
  const value = String(useValue(at) ?? "");
  const problem = useProblem(at);
  const names = toldApart(
    files.map((each) => each.name),
    files,
  );
  const others = files
    .map(({ id, name }, index) => ({ value: id, label: `from ${names[index] ?? name}` }))
    .filter((each) => each.value !== own || each.value === value);
  const known = value === "" || others.some((each) => each.value === value);
  return (
    <NativeSelect
      aria-label={title}
      data-place={placeOf(at)}
      data-testid={`field:${placeOf(at)}`}
      label={<Title title={title} description={spec.description} />}
      data={[
        { value: "", label: "from this file" },
        ...others,
        ...(known ? [] : [{ value, label: "from a file that is gone" }]),
      ]}
      value={value}
      onChange={(event) => setup.set(at, event.currentTarget.value || null)}
      error={problem}
    />
  );
}
